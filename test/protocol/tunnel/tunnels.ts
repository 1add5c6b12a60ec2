/** Exchanges in which something else goes on inside: behind CONNECT, behind SOCKS, in the tunnel of RD Gateway. */
import { bytesOf } from '../inspect-pieces.js';
import type { Piece } from '../inspect-pieces.js';
import { helloRecord, protocols, serverName, versions } from '../tls/client-hello-builder.js';

export type Part = string | number;

/** Numbers are bytes, strings ASCII. */
export const bytes = (...parts: readonly Part[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => (typeof part === 'number' ? [part] : Array.from(part, (one) => one.charCodeAt(0)))));
export const client = (...parts: readonly (Part | Uint8Array)[]) => piece(0, parts);
export const server = (...parts: readonly (Part | Uint8Array)[]) => piece(1, parts);

function piece(side: 0 | 1, parts: readonly (Part | Uint8Array)[]): Omit<Piece, 'frame'> {
  return { side, bytes: Uint8Array.from(parts.flatMap((part) => [...(part instanceof Uint8Array ? part : bytes(part))])) };
}

export function numbered(pieces: readonly Omit<Piece, 'frame'>[]): Piece[] {
  return pieces.map((one, index) => ({ ...one, frame: index + 1 }));
}

export const hello = helloRecord({ ciphers: [0x1301, 0xc030], extensions: [serverName('vmm.lab.test'), protocols('http/1.1'), versions(0x0303)] });
/** ServerHello of TLS 1.2, then a fatal alert: unknown_ca. */
export const serverHello = Uint8Array.from([22, 3, 3, 0, 42, 2, 0, 0, 38, 3, 3, ...new Array<number>(32).fill(9), 0, 0xc0, 0x30, 0]);
export const unknownCa = bytesOf('15030300020230');
/** X.224 connection request of RDP with a cookie and CredSSP. */
export const rdpRequest = bytes(3, 0, 0, 42, 37, 0xe0, 0, 0, 0, 0, 0, 'Cookie: mstshash=anna', 13, 10, 1, 0, 8, 0, 3, 0, 0, 0);
export const rdpConfirm = bytes(3, 0, 0, 19, 14, 0xd0, 0, 0, 0x12, 0x34, 0, 2, 0, 8, 0, 2, 0, 0, 0);

export const connect = (target: string, more = '') => client(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\nUser-Agent: WinHTTP\r\n${more}\r\n`);
export const established = server('HTTP/1.1 200 Connection established\r\n\r\n');

const short = (value: number) => [value & 0xff, value >> 8];
const utf16 = (text: string) => Array.from(text, (one) => short(one.charCodeAt(0))).flat();
const packet = (type: number, ...contents: readonly number[]) => Uint8Array.from([...short(type), 0, 0, ...short(contents.length + 8), 0, 0, ...contents]);
const status = (value: number) => [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];

/** Packets of [MS-TSGU] 2.2.10. */
export const gateway = {
  handshakeRequest: packet(1, 1, 0, 0, 0, 2, 0),
  handshakeResponse: (code = 0) => packet(2, ...status(code), 1, 0, 0, 0, 2, 0),
  tunnelRequest: packet(4, 0x3f, 0, 0, 0, 0, 0, 0, 0),
  tunnelResponse: (code = 0) => packet(5, 0, 0, ...status(code), 0, 0, 0, 0),
  authorizationRequest: packet(6, 0, 0, ...short(10), ...utf16('PC7\0\0')),
  authorizationResponse: (code = 0) => packet(7, ...status(code), 0, 0, 0, 0),
  channelRequest: (name: string, port: number) => packet(8, 1, 0, ...short(port), 3, 0, ...short(2 * name.length + 2), ...utf16(name), 0, 0),
  channelResponse: (code = 0) => packet(9, ...status(code), 0, 0, 0, 0),
  data: (contents: Uint8Array) => packet(10, ...short(contents.length), ...contents),
};

/** A frame of a WebSocket (RFC 6455 5.2); the client masks. */
export function frame(masked: boolean, contents: Uint8Array, first = 0x82): Uint8Array {
  const mask = masked ? [0x11, 0x22, 0x33, 0x44] : [];
  const length = contents.length < 126 ? [contents.length] : [126, contents.length >> 8, contents.length & 0xff];
  return Uint8Array.from([first, (length[0]! | (masked ? 0x80 : 0)), ...length.slice(1), ...mask, ...contents.map((byte, index) => byte ^ (mask[index & 3] ?? 0))]);
}

export const chunk = (contents: Uint8Array) => Uint8Array.from([...bytes(contents.length.toString(16), '\r\n'), ...contents, 13, 10]);

const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nRDG-Connection-Id: {1}\r\n';
export const webSocketGateway = (...dialogue: readonly (readonly ['client' | 'server', Uint8Array])[]) => [
  client(`RDG_OUT_DATA /remoteDesktopGateway/ HTTP/1.1\r\nHost: rdg.lab.test\r\n${upgrade}\r\n`),
  server('HTTP/1.1 401 \r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n'),
  client(`RDG_OUT_DATA /remoteDesktopGateway/ HTTP/1.1\r\nHost: rdg.lab.test\r\n${upgrade}Authorization: Basic YTpi\r\n\r\n`),
  server('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n'),
  ...dialogue.map(([who, one]) => (who === 'client' ? client(frame(true, one)) : server(frame(false, one)))),
];

export const gatewayDialogue: readonly (readonly ['client' | 'server', Uint8Array])[] = [
  ['client', gateway.handshakeRequest], ['server', gateway.handshakeResponse()], ['client', gateway.tunnelRequest], ['server', gateway.tunnelResponse()],
  ['client', gateway.authorizationRequest], ['server', gateway.authorizationResponse()], ['client', gateway.channelRequest('vm1.lab.test', 3389)], ['server', gateway.channelResponse()],
  ['client', gateway.data(rdpRequest)], ['server', gateway.data(rdpConfirm)], ['client', gateway.data(hello.subarray(0, 50))], ['client', gateway.data(hello.subarray(50))], ['server', gateway.data(serverHello)],
];

/** SOCKS 5 with a name and a password, then a request by name. */
export const socks5 = [
  client(5, 2, 0, 2), server(5, 2), client(1, 4, 'anna', 3, 'pwd'), server(1, 0),
  client(5, 1, 0, 3, 12, 'vmm.lab.test', 1, 0xbb), server(5, 0, 0, 1, 0, 0, 0, 0, 0, 0), client(hello), server(serverHello),
];
