/** TCP flag bits as in the header (RFC 9293, section 3.1). */
export const enum TcpFlag { fin = 1, syn = 2, rst = 4, psh = 8, ack = 16 }
