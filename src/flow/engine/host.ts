/** What the engine asks of the flow stage outside: see `EngineHost`. Records are told by their numbers. */
export declare function payload(record: i32, side: i32, sequence: i32, length: i32, start: i32, limit: i32, syn: i32, row: i32): void;
export declare function datagram(record: i32, side: i32, start: i32, limit: i32, fragment: i32, row: i32): void;
export declare function acknowledged(record: i32, side: i32, acknowledgement: i32): void;
/** A flow leaves: read its record now. */
export declare function emit(record: i32, openAtEnd: i32): void;
export declare function carry(record: i32, side: i32, bytes: f64, length: f64): void;
/** The SYN of `record`, just seen, is that of a connection seen before between the sockets of `twin`. */
export declare function translated(record: i32, sequence: i32, twinRecord: i32, client: i32, server: i32, twinPorts: i32, source: i32, destination: i32, ports: i32): void;
/** A segment that may tell where the capture was taken. */
export declare function survey(segment: i32, row: i32): void;
