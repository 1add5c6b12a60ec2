/** Packets of TDS ([MS-TDS] 2.2.3.1); `login5` and `tokens5` are those of TDS 4 and 5, which other servers than SQL Server still speak. */
export const TDS_HEADER_LENGTH = 8;

export const PacketType = { batch: 0x01, login5: 0x02, call: 0x03, response: 0x04, tokens5: 0x0f, login: 0x10, sspi: 0x11, prelogin: 0x12 } as const;
