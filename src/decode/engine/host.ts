/** What the engine asks of the decode stage outside: see `EngineHost`. */
export declare function addressV4(word: i32): i32;
export declare function addressV6(word0: i32, word1: i32, word2: i32, word3: i32): i32;
export declare function vlan(id: i32): i32;
