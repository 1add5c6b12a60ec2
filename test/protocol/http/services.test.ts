/** What is asked over HTTP, by the requests that the specifications print and clients send. */
import { describe, expect, it } from 'vitest';
import { identityOf, inspect } from '../inspect-pieces.js';
import type { Piece } from '../inspect-pieces.js';
import { ticketFor } from './tickets.js';

const identity = identityOf({ transport: 'tcp', clientPort: 50_000, serverPort: 4711 });
const ascii = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const request = (head: string): Piece => ({ side: 0, bytes: ascii(`${head}\r\nHost: h\r\nContent-Length: 0\r\n\r\n`), frame: 1 });
const protocolOf = (...pieces: readonly Piece[]) => inspect(identity, pieces).application?.protocol;

const utf16 = (text: string) => [...text].flatMap((character) => [character.charCodeAt(0), 0]);
const short = (value: number) => [value & 0xff, value >> 8];

/** An authenticate message of NTLMv2 that names the service it is for ([MS-NLMP] 2.2.1.3, 2.2.2.7). */
function ntlmFor(service: string): string {
  const pairs = [...short(1), ...short(6), ...utf16('HV2'), ...short(9), ...short(2 * service.length), ...utf16(service), 0, 0, 0, 0];
  const response = [...new Array<number>(44).fill(7), ...pairs];
  const fields = [0, response.length, 0, 0, 0, 0].flatMap((length) => [...short(length), ...short(length), ...short(64), 0, 0]);
  return Buffer.from([...ascii('NTLMSSP\0'), 3, 0, 0, 0, ...fields, 1, 0, 0, 0, ...response]).toString('base64');
}

describe('a request', () => {
  it.each([
    ['winrm', 'POST /wsman?PSVersion=5.1 HTTP/1.1'],
    ['winrm', 'POST /wsman/SubscriptionManager/WEC HTTP/1.1'],
    ['bits', 'BITS_POST /upload/a.vhdx HTTP/1.1\r\nBITS-Packet-Type: Create-Session'],
    ['bits', 'GET /a.vhdx HTTP/1.1\r\nRange: bytes=0-99\r\nUser-Agent: Microsoft BITS/7.8'],
    ['wsus', 'POST /ClientWebService/client.asmx HTTP/1.1'],
    ['wsus', 'POST /SimpleAuthWebService/SimpleAuth.asmx HTTP/1.1'],
    ['wsus', 'GET /SelfUpdate/wuident.cab HTTP/1.1'],
    ['wsus', 'HEAD /Content/a.cab HTTP/1.1\r\nUser-Agent: Windows-Update-Agent/10.0'],
    ['rd-gateway', 'RDG_OUT_DATA /remoteDesktopGateway/ HTTP/1.1\r\nRDG-Connection-Id: {1}'],
    ['rd-gateway', 'RDG_IN_DATA /remoteDesktopGateway/ HTTP/1.1'],
    ['rd-gateway', 'GET /remoteDesktopGateway/ HTTP/1.1\r\nUpgrade: websocket'],
    ['rd-gateway', 'RPC_IN_DATA /rpc/rpcproxy.dll?localhost:3388 HTTP/1.1'],
    ['rpc-http', 'RPC_OUT_DATA /rpc/rpcproxy.dll?mail:6004 HTTP/1.1'],
    ['rd-web', 'GET /RDWeb/Feed/webfeed.aspx HTTP/1.1'],
    ['configmgr', 'CCM_POST /ccm_system/request HTTP/1.1'],
    ['configmgr', 'GET /SMS_MP/.sms_aut?mplist HTTP/1.1'],
    ['kdc-proxy', 'POST /KdcProxy HTTP/1.1'],
    ['adfs', 'GET /adfs/ls/ HTTP/1.1'],
    ['webdav', 'PROPFIND /share HTTP/1.1\r\nUser-Agent: Microsoft-WebDAV-MiniRedir/10.0.19041'],
    ['ws-discovery', 'POST /0a1b2c3d HTTP/1.1\r\nUser-Agent: WSDAPI'],
    ['winrm', `POST /x HTTP/1.1\r\nAuthorization: Kerberos ${ticketFor('WSMAN', 'hv2')}`],
    ['hyper-v-replica', 'POST /FVMReplication HTTP/1.1'],
    ['http', 'GET /index.html HTTP/1.1\r\nUser-Agent: curl/8'],
  ])('is for %s: %s', (protocol, head) => {
    expect(protocolOf(request(head))).toBe(protocol);
  });

  it('with a ticket for Hyper-V Replica is Hyper-V Replica, whatever its path', () => {
    const asked = request(`POST /x HTTP/1.1\r\nAuthorization: Kerberos ${ticketFor('Hyper-V Replica Service', 'hv2.lab.test')}`);
    const { application, events } = inspect(identity, [asked]);
    expect(application).toMatchObject({ protocol: 'hyper-v-replica', facts: { service: 'Hyper-V Replica Service/hv2.lab.test', authentication: 'kerberos' } });
    expect(events.names).toMatchObject([{ name: 'hv2.lab.test', from: 'kerberos' }]);
  });

  it('with such a ticket after a challenge names the connection', () => {
    const challenge: Piece = { side: 1, bytes: ascii('HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n'), frame: 2 };
    const asked = request(`POST /x HTTP/1.1\r\nAuthorization: Negotiate ${ticketFor('Hyper-V Replica Service', 'hv2')}`);
    expect(protocolOf(request('POST /x HTTP/1.1'), challenge, asked)).toBe('hyper-v-replica');
  });

  it('with NTLM that is meant for Hyper-V Replica is Hyper-V Replica, too', () => {
    const { application } = inspect(identity, [request(`POST /x HTTP/1.1\r\nAuthorization: Negotiate ${ntlmFor('Hyper-V Replica Service/hv2.lab.test')}`)]);
    expect(application).toMatchObject({ protocol: 'hyper-v-replica', facts: { service: 'Hyper-V Replica Service/hv2.lab.test', authentication: 'ntlm' } });
    expect(protocolOf(request(`POST /x HTTP/1.1\r\nAuthorization: NTLM ${ntlmFor('HTTP/hv2')}`))).toBe('http');
  });

  it('with a ticket for a web server is HTTP', () => {
    expect(protocolOf(request(`GET / HTTP/1.1\r\nAuthorization: Negotiate ${ticketFor('HTTP', 'web1')}`))).toBe('http');
  });
});
