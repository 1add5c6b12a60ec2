/** Packets of TDS ([MS-TDS] 2.2.3.1). */
export const TDS_HEADER_LENGTH = 8;

export const PacketType = { batch: 0x01, call: 0x03, response: 0x04, login: 0x10, sspi: 0x11, prelogin: 0x12 } as const;
