/**
 * Up to `capacity` packets as columns; row i is packet i. Rows at `count` and above hold stale values.
 * A reader owns one batch and refills it: nothing is allocated per packet.
 */
export class PacketBatch {
  count = 0;
  /** What `offset` points into. Borrowed: valid until the callback that received the batch returns. */
  bytes: Uint8Array = EMPTY;
  /** The same bytes, for reads of more than one byte. */
  view: DataView = EMPTY_VIEW;
  /** First captured byte of each packet in `bytes`. */
  readonly offset: Uint32Array;
  readonly capturedLength: Uint32Array;
  /** On the wire, bytes; larger than `capturedLength` when the capture was snapped. Never smaller. */
  readonly originalLength: Uint32Array;
  /** Since 1970, two columns: nanoseconds since 1970 exceed a double. NaN seconds: the file has no time for it. */
  readonly seconds: Float64Array;
  readonly nanoseconds: Uint32Array;
  /** Index into the reader's `interfaces`. */
  readonly interfaceIndex: Uint32Array;
  /** As Wireshark numbers them: from 1 in each file; pcapng custom blocks advance it and are no packets. */
  readonly frame: Float64Array;
  /** {@link PacketFlag} bits: what the container says about the packet besides its bytes. */
  readonly flags: Uint32Array;
  /** Index into the reader's `notes`, from 1; 0: none. Formats that have no notes never write it. */
  readonly note: Uint32Array;
  readonly capacity: number;

  constructor(capacity = 4096) {
    this.capacity = capacity;
    this.offset = new Uint32Array(capacity);
    this.capturedLength = new Uint32Array(capacity);
    this.originalLength = new Uint32Array(capacity);
    this.seconds = new Float64Array(capacity);
    this.nanoseconds = new Uint32Array(capacity);
    this.interfaceIndex = new Uint32Array(capacity);
    this.frame = new Float64Array(capacity);
    this.flags = new Uint32Array(capacity);
    this.note = new Uint32Array(capacity);
  }
}

/** pcapng `epb_flags` (draft-ietf-opsawg-pcapng, section 4.3.1) and its kin in other formats; 0 where nothing is said. */
export const PacketFlag = {
  inbound: 1,
  outbound: 2,
  checksumNotReady: 4,
  segmentationOffload: 8,
  /** The capturing tool says that the packet was dropped at this point (pktmon). */
  dropped: 16,
} as const;

const EMPTY = new Uint8Array(0);
const EMPTY_VIEW = new DataView(EMPTY.buffer);
