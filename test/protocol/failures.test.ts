/** Failures and first bytes that the golden flows do not have, built from the published layouts. */
import { describe, expect, it } from 'vitest';
import { ProtocolInspector } from '../../src/protocol/flow-inspection.js';
import { recordingEvents } from './capture-driver.js';

type Line = readonly ['client' | 'server', string | readonly (number | string)[]];

/** Numbers are bytes, strings are ASCII. */
function bytesOf(content: Line[1]): Uint8Array {
  const parts = typeof content === 'string' ? [content] : content;
  return Uint8Array.from(parts.flatMap((part) => (typeof part === 'number' ? [part] : Array.from(part, (character) => character.charCodeAt(0)))));
}

function zeros(count: number): number[] {
  return new Array<number>(count).fill(0);
}

function talk(transport: 'tcp' | 'udp', serverPort: number, lines: readonly Line[], clientPort = 50_000) {
  const inspection = new ProtocolInspector(recordingEvents()).begin({
    transport: transport === 'tcp' ? 6 : 17, address0: 0, address1: 1, port0: clientPort, port1: serverPort, overlay: 0, likelyServer: 1,
    byHandshake: transport === 'tcp',
  });
  let wanted = true;
  lines.forEach(([role, content], index) => {
    const bytes = bytesOf(content);
    if (wanted) wanted = inspection.payload(role === 'client' ? 0 : 1, bytes, 0, bytes.length, { capture: 0, frame: index + 1, seconds: 0, nanoseconds: 0 });
  });
  if (wanted) inspection.end();
  return { protocol: inspection.application?.protocol, facts: inspection.application?.facts, failures: inspection.failures.map(({ kind, code, target }) => `${kind} ${code} ${target}`.trim()) };
}

const NTLM_NEGOTIATE = 'TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAAKALpHAAAADw==';
const NTLM_CHALLENGE = 'TlRMTVNTUAACAAAAAAAAADgAAAAFgomi';
const NTLM_AUTHENTICATE = 'TlRMTVNTUAADAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABYKIog==';

function post(authorization: string): Line {
  return ['client', `POST /wsman HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n${authorization}\r\n`];
}

function unauthorized(challenge: string): Line {
  return ['server', `HTTP/1.1 401 \r\nWWW-Authenticate: ${challenge}\r\nContent-Length: 0\r\n\r\n`];
}

describe('HTTP authentication', () => {
  const beginning: Line[] = [
    post(''), unauthorized('Negotiate'), post(`Authorization: Negotiate ${NTLM_NEGOTIATE}\r\n`), unauthorized(`Negotiate ${NTLM_CHALLENGE}`),
    post(`Authorization: Negotiate ${NTLM_AUTHENTICATE}\r\n`),
  ];

  it('that succeeds after two challenges is no failure', () => {
    const { protocol, facts, failures } = talk('tcp', 5985, [...beginning, ['server', 'HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n']]);
    expect({ protocol, failures }).toEqual({ protocol: 'winrm', failures: [] });
    expect(facts).toMatchObject({ authentication: 'ntlm', status: 200 });
  });

  it('that is refused after credentials is one', () => {
    expect(talk('tcp', 5985, [...beginning, unauthorized('Negotiate')]).failures).toEqual(['authentication 401 /wsman']);
  });

  it('that ends with the challenge is one', () => {
    expect(talk('tcp', 5985, beginning.slice(0, 2)).failures).toEqual(['authentication 401 /wsman']);
  });
});

describe('HTTP services', () => {
  it.each([
    ['BITS_POST /x HTTP/1.1\r\n\r\n', 'bits'], ['GET /x HTTP/1.1\r\nUser-Agent: Microsoft BITS/7.8\r\n\r\n', 'bits'],
    ['POST /ClientWebService/client.asmx HTTP/1.1\r\n\r\n', 'wsus'], ['RDG_OUT_DATA /remoteDesktopGateway/ HTTP/1.1\r\n\r\n', 'rd-gateway'],
    ['RPC_IN_DATA /rpc/rpcproxy.dll?localhost:3388 HTTP/1.1\r\n\r\n', 'rd-gateway'], ['RPC_IN_DATA /rpc/rpcproxy.dll?mail:6001 HTTP/1.1\r\n\r\n', 'rpc-http'],
    ['GET /RDWeb/Feed/webfeed.aspx HTTP/1.1\r\n\r\n', 'rd-web'], ['CCM_POST /ccm_system/request HTTP/1.1\r\n\r\n', 'configmgr'], ['GET / HTTP/1.1\r\n\r\n', 'http'],
  ])('%j is %s', (request, protocol) => {
    expect(talk('tcp', 80, [['client', request]]).protocol).toBe(protocol);
  });

  it('a missing listener of WinRM is a failure, a missing page is none', () => {
    const missing: Line = ['server', 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'];
    expect(talk('tcp', 5985, [post(''), missing]).failures).toEqual(['not-found 404 /wsman']);
    expect(talk('tcp', 80, [['client', 'GET /x HTTP/1.1\r\n\r\n'], missing]).failures).toEqual([]);
  });

  it('chunks are passed over to the next answer', () => {
    const { facts } = talk('tcp', 80, [
      ['client', 'GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n'],
      ['server', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHTTP/\r\n0\r\n\r\nHTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n'],
    ]);
    expect(facts).toMatchObject({ status: 503 });
  });
});

const CLIENT_HELLO = [0x16, 3, 1, 0, 47, 1, 0, 0, 43, 3, 3, ...zeros(32), 0, 0, 2, 0x13, 1, 1, 0, 0, 0];

describe('TLS', () => {
  it('a fatal alert before the end of the handshake is a failure, with its name', () => {
    expect(talk('tcp', 443, [['client', CLIENT_HELLO], ['server', [0x15, 3, 3, 0, 2, 2, 40]]]).failures).toEqual(['tls handshake_failure']);
  });

  it('a warning and close_notify are none', () => {
    expect(talk('tcp', 443, [['client', CLIENT_HELLO], ['server', [0x15, 3, 3, 0, 2, 1, 112]], ['server', [0x15, 3, 3, 0, 2, 1, 0]]]).failures).toEqual([]);
  });
});

describe('LDAP', () => {
  const bind: Line = ['client', [0x30, 15, 2, 1, 1, 0x60, 10, 2, 1, 3, 4, 1, 'u', 0x80, 2, 'p', 'w']];

  it('a bind with a wrong password is a failure with the reason that Active Directory gives', () => {
    const text = '80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data 52e, v4563';
    const answer: Line = ['server', [0x30, 12 + text.length, 2, 1, 1, 0x61, 7 + text.length, 10, 1, 49, 4, 0, 4, text.length, text]];
    expect(talk('tcp', 389, [bind, answer]).failures).toEqual(['authentication invalidCredentials (data 52e: wrong password) u']);
  });

  it('a bind in progress is none', () => {
    expect(talk('tcp', 389, [bind, ['server', [0x30, 12, 2, 1, 1, 0x61, 7, 10, 1, 14, 4, 0, 4, 0]]]).failures).toEqual([]);
  });
});

describe('Kerberos', () => {
  function error(code: number): Line {
    return ['server', [0x7e, 17, 0x30, 15, 0xa0, 3, 2, 1, 5, 0xa1, 3, 2, 1, 30, 0xa6, 3, 2, 1, code]];
  }

  it.each([[25, []], [52, []], [24, ['authentication KDC_ERR_PREAUTH_FAILED']], [7, ['name KDC_ERR_S_PRINCIPAL_UNKNOWN']], [37, ['refused KRB_AP_ERR_SKEW']]])(
    'error %i', (code, failures) => {
      expect(talk('udp', 88, [error(code)])).toMatchObject({ protocol: 'kerberos', failures });
    });
});

describe('Kerberos, what a request asked for and what Windows adds', () => {
  const element = (tag: number, ...contents: (readonly (number | string)[])[]): (number | string)[] => {
    const inside = contents.flat();
    const length = inside.reduce<number>((sum, part) => sum + (typeof part === 'string' ? part.length : 1), 0);
    return [tag, ...(length < 128 ? [length] : [0x81, length]), ...inside];
  };
  const name = (...parts: string[]) => element(0x30, element(0xa0, [2, 1, 1]), element(0xa1, element(0x30, ...parts.map((part) => element(0x1b, [part])))));
  /** TGS-REQ with these KDCOptions and a type of pre-authentication. */
  const request = (options: number, preauthentication = 1): Line => ['client', element(0x6c, element(0x30,
    element(0xa1, [2, 1, 5]), element(0xa2, [2, 1, 12]), element(0xa3, element(0x30, element(0x30, element(0xa1, [2, 2, 0, preauthentication]), element(0xa2, [4, 0])))),
    element(0xa4, element(0x30, element(0xa0, [3, 5, 0, options >>> 24, (options >>> 16) & 255, (options >>> 8) & 255, options & 255]), element(0xa2, element(0x1b, ['LAB'])), element(0xa3, name('cifs', 'hv2'))))))];
  const error = (code: number, data: readonly (number | string)[] = []): Line => ['server', element(0x7e, element(0x30, element(0xa0, [2, 1, 5]), element(0xa1, [2, 1, 30]), element(0xa6, [2, 1, code]), ...(data.length === 0 ? [] : [element(0xac, element(4, data))])))];
  const extended = (status: number) => element(0x30, element(0xa1, [2, 1, 3]), element(0xa2, element(4, [status & 255, (status >>> 8) & 255, (status >>> 16) & 255, status >>> 24, ...zeros(8)])));

  it.each([
    [1 << 17, 1, 'KDC_ERR_BADOPTION (delegation to the service, S4U2Proxy)'], [0x40810000, 129, 'KDC_ERR_BADOPTION (ticket on behalf of a user, S4U2Self)'],
    [1 << 1, 1, 'KDC_ERR_BADOPTION (renewal)'], [1 << 29, 1, 'KDC_ERR_BADOPTION (forwarding)'], [0x40810000, 1, 'KDC_ERR_BADOPTION'],
  ])('options %i, pre-authentication %i', (options, type, code) => {
    expect(talk('udp', 88, [request(options, type), error(13)]).failures).toEqual([`refused ${code}`]);
  });
  it('an NTSTATUS as KERB-ERROR-DATA, or as pre-authentication data of that type', () => {
    expect(talk('udp', 88, [error(18, extended(0xc0000234))])).toMatchObject({ facts: { ntStatus: 'STATUS_ACCOUNT_LOCKED_OUT' }, failures: ['authentication KDC_ERR_CLIENT_REVOKED (STATUS_ACCOUNT_LOCKED_OUT)'] });
    expect(talk('udp', 88, [error(18, element(0x30, element(0x30, element(0xa1, [2, 1, 19]), element(0xa2, element(4, [0x30, 0]))), extended(0xc0000072)))]).failures).toEqual(['authentication KDC_ERR_CLIENT_REVOKED (STATUS_ACCOUNT_DISABLED)']);
  });
  it('other data, and data that is cut', () => {
    const whole = extended(0xc0000234);
    for (const data of [['salt'], whole.slice(0, 20), element(0x30, element(0xa1, [2, 1, 2]), element(0xa2, element(4, zeros(12)))), element(0x30, element(0xa1, [2, 1, 3]), element(0xa2, element(4, zeros(8))))]) {
      expect(talk('udp', 88, [error(24, data)]).failures).toEqual(['authentication KDC_ERR_PREAUTH_FAILED']);
    }
  });
});

describe('other refusals', () => {
  it('RDP that wants network level authentication', () => {
    const request: Line = ['client', [3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 1, 0, 0, 0]];
    const answer: Line = ['server', [3, 0, 0, 19, 14, 0xd0, 0, 0, 0x12, 0x34, 0, 3, 0, 8, 0, 5, 0, 0, 0]];
    expect(talk('tcp', 3389, [request, answer])).toMatchObject({ protocol: 'rdp', failures: ['protocol HYBRID_REQUIRED_BY_SERVER'] });
  });

  const standardOnly: Line[] = [
    ['client', [3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 1, 0, 0, 0]],
    ['server', [3, 0, 0, 19, 14, 0xd0, 0, 0, 0x12, 0x34, 0, 2, 1, 8, 0, 0, 0, 0, 0]],
  ];
  const connectInitial: Line = ['client', [3, 0, 0, 12, 2, 0xf0, 0x80, 0x7f, 0x65, 2, 1, 0]];
  it('RDP without TLS, where the client leaves or goes on', () => {
    expect(talk('tcp', 3389, standardOnly).failures).toEqual(['protocol STANDARD_RDP_CHOSEN_BY_SERVER']);
    expect(talk('tcp', 3389, [...standardOnly, connectInitial]).failures).toEqual([]);
    expect(talk('tcp', 3389, [...standardOnly, connectInitial, ['server', [3, 0, 0, 11, 2, 0xf0, 0x80, 0x7f, 0x66, 2, 0]]]).failures).toEqual([]);
  });
  it('RDP that ends what did not offer TLS', () => {
    const begin: Line[] = [['client', [3, 0, 0, 11, 6, 0xe0, 0, 0, 0, 0, 0]], ['server', [3, 0, 0, 11, 6, 0xd0, 0, 0, 0x12, 0x34, 0]]];
    const ultimatum: Line = ['server', [3, 0, 0, 9, 2, 0xf0, 0x80, 0x21, 0x80]];
    expect(talk('tcp', 3389, begin).failures).toEqual([]);
    expect(talk('tcp', 3389, [...begin, ultimatum]).failures).toEqual(['protocol STANDARD_RDP_REFUSED_BY_SERVER']);
    expect(talk('tcp', 3389, [...begin, connectInitial, ultimatum]).failures).toEqual(['protocol STANDARD_RDP_REFUSED_BY_SERVER']);
  });

  it('TDS login that failed', () => {
    const prelogin: Line = ['client', [0x12, 1, 0, 20, 0, 0, 0, 0, 0, 0, 6, 0, 6, 0xff, 9, 0, 0, 0, 0, 0]];
    const refused: Line = ['server', [4, 1, 0, 17, 0, 0, 1, 0, 0xaa, 6, 0, 0x18, 0x48, 0, 0, 1, 14]];
    expect(talk('tcp', 1433, [prelogin, refused])).toMatchObject({ protocol: 'tds', failures: ['authentication 18456'] });
  });

  it('net.tcp without an endpoint', () => {
    const via = 'net.tcp://dc:9389/x';
    const fault = 'http://schemas.microsoft.com/ws/2006/05/framing/faults/EndpointNotFound';
    expect(talk('tcp', 9389, [
      ['client', [0, 1, 0, 1, 2, 2, via.length, via, 3, 8, 12]], ['server', [8, fault.length, fault]],
    ])).toEqual({ protocol: 'wcf', facts: { via, encoding: 'binary with session' }, failures: [`not-found EndpointNotFound ${via}`] });
  });

  it('SMB without a common dialect', () => {
    const header = (flags: number, status: readonly number[]) => [0xfe, 'SMB', 64, 0, 0, 0, ...status, 0, 0, 1, 0, flags, 0, 0, 0, ...zeros(44)];
    expect(talk('tcp', 445, [
      ['client', [0, 0, 0, 100, ...header(0, [0, 0, 0, 0]), ...zeros(36)]], ['server', [0, 0, 0, 73, ...header(1, [0xbb, 0, 0, 0xc0]), ...zeros(9)]],
    ])).toMatchObject({ protocol: 'smb', failures: ['protocol STATUS_NOT_SUPPORTED'] });
  });

  it('a session that NetBIOS refuses', () => {
    const name = [0x20, ...Array.from('CKFDENECFDEFFCFGEFFCCACACACACACA', (character) => character), 0];
    expect(talk('tcp', 139, [['client', [0x81, 0, 0, 68, ...name, ...name]], ['server', [0x83, 0, 0, 1, 0x82]]])).toMatchObject({
      protocol: 'smb', failures: ['refused NetBIOS session error 0x82 *SMBSERVER'],
    });
  });

  it('DHCP that is answered no', () => {
    const message = (op: number, type: number) => [op, 1, 6, 0, ...zeros(232), 0x63, 0x82, 0x53, 0x63, 53, 1, type, 255];
    expect(talk('udp', 67, [['client', message(1, 3)], ['server', message(2, 6)]], 68)).toMatchObject({ protocol: 'dhcp', failures: ['refused DHCPNAK'] });
  });
});

describe('names that end with zeros', () => {
  it('are told without them: host name of DHCP', () => {
    const message = [1, 1, 6, 0, ...zeros(232), 0x63, 0x82, 0x53, 0x63, 53, 1, 1, 12, 5, 'hv1', 0, 0, 255];
    expect(talk('udp', 67, [['client', message]], 68).facts).toMatchObject({ hostName: 'hv1' });
  });

  it('are told without them: the user of a refused RADIUS request', () => {
    const asked = [1, 7, 0, 27, ...zeros(16), 1, 7, 'anna', 0];
    expect(talk('udp', 1812, [['client', asked], ['server', [3, 7, 0, 20, ...zeros(16)]]])).toMatchObject({ facts: { user: 'anna' }, failures: ['authentication Access-Reject anna'] });
  });
});

describe('datagrams', () => {
  it.each<[string, number, (number | string)[]]>([
    ['ssdp', 1900, ['M-SEARCH * HTTP/1.1\r\nST: ssdp:all\r\n\r\n']],
    ['ws-discovery', 3702, ['<?xml version="1.0"?><e xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><a>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a></e>']],
    ['stun', 3478, [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...zeros(12)]],
    ['snmp', 161, [0x30, 19, 2, 1, 1, 4, 6, 'public', 0xa0, 6, 2, 1, 1, 2, 1, 0]],
    ['syslog', 514, ['<34>Oct 11 22:14:15 host su: failed']],
    ['ipmi', 623, [6, 0, 0xff, 6, 0, 0, 0x11, 0xbe, 0x80, 0, 0, 0]],
    ['quic', 443, [0xc3, 0, 0, 0, 1, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, ...zeros(1200)]],
    ['dtls', 3391, [22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12, 1, ...zeros(11)]],
    ['sql-browser', 1434, [4, 'SQLEXPRESS', 0]],
    ['llmnr', 5355, [0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 2, 'hv', 0, 0, 1, 0, 1]],
    ['netbios-ns', 137, [0, 1, 1, 0x10, 0, 1, 0, 0, 0, 0, 0, 0, 0x20, 'CKFDENECFDEFFCFGEFFCCACACACACACA', 0, 0, 0x20, 0, 1]],
    ['radius', 1812, [1, 7, 0, 20, ...zeros(16)]],
    ['dhcpv6', 547, [1, 1, 2, 3]],
  ])('%s', (protocol, port, content) => {
    expect(talk('udp', port, [['client', content]]).protocol).toBe(protocol);
  });

  it('DTLS between two ports of the cluster is the cluster, by its ports', () => {
    const record = [22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12, 1, ...zeros(11)];
    expect(talk('udp', 3343, [['client', record]], 3343)).toMatchObject({ protocol: 'cluster', facts: { encryption: 'DTLS' } });
  });
});
