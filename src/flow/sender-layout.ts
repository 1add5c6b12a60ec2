/** What the engine knows of a survey of senders: a byte for each of the first address ids, and what tells a SYN from the copy of the one before. */
export const enum SenderState { open = 0, /** Nothing more is to be learned but of its SYNs. */ settled = 1, /** There was no room for it: nothing counts. */ refused = 2 }
export const SENDERS = 65_536;
/** Words. The last two: of the last SYN, see `synMark`, and the id of its sender. */
export const enum Syn { count = 0, copied = 1, mark = 2, source = 3 }
export const SYN_WORDS = 4;
