/** Application tags of Kerberos messages (RFC 4120 5.4–5.9). */
export const MessageTag = { asRequest: 0x6a, asReply: 0x6b, tgsRequest: 0x6c, tgsReply: 0x6d, error: 0x7e } as const;
