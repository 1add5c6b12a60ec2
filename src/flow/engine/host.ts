/** What the engine asks of the flow stage outside: see `EngineHost`. */

/** Whether anything known begins with this payload; 0: no. */
export declare function glance(start: i32, limit: i32, senderPort: i32, receiverPort: i32): i32;
/** Writes to `at` the payload of a segment whose bytes do not stand in the engine's memory. */
export declare function outside(at: i32, start: i32, length: i32): void;
/** So many bytes of flow events are to be read now. */
export declare function tell(length: i32): void;
/** A segment that may tell where the capture was taken; answers the `SenderState` of its sender. */
export declare function survey(segment: i32, row: i32): i32;
