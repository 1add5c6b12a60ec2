/** Bounds of what the engine is given at once. */
export const BATCH_ROWS = 4096;
/** Packets' bytes. A batch that spans more is given in parts; a packet that is larger is decoded outside. */
export const INPUT_BYTES = 1_048_576;
/** A piece of a file, where it is read straight into the engine's memory. */
export const CHUNK_BYTES = 262_144;
/** Interfaces with a place of their own; packets of others are decoded outside. */
export const INTERFACES = 4096;
