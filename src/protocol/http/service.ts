/**
 * Which service an HTTP request is for: by method, path, user agent and what it authenticates to, as the specifications
 * named at each line have them.
 */

export interface RequestLine {
  readonly method: string;
  /** Path as it came, query included. */
  readonly path: string;
  readonly userAgent: string;
  /** The service that its Kerberos ticket was made for, or that NTLM names, as `class/host`; '' where neither is there in clear. */
  readonly asked: string;
}

/** `serves` is given the path in lower case. */
const SERVICES: readonly { readonly protocol: string; readonly serves: (path: string, request: RequestLine) => boolean }[] = [
  // [MS-WSMV] 2.1
  {
    protocol: 'winrm',
    serves: (path, { userAgent, asked }) => path.startsWith('/wsman') || userAgent.startsWith('Microsoft WinRM Client') || asked.startsWith('WSMAN/'),
  },
  // [MC-BUP] 2.2, and the user agent of downloads
  { protocol: 'bits', serves: (_, { method, userAgent }) => method === 'BITS_POST' || userAgent.startsWith('Microsoft BITS/') },
  // [MS-WUSP] 2.1
  {
    protocol: 'wsus',
    serves: (path, { userAgent }) => WSUS_PATHS.some((one) => path.startsWith(one)) || userAgent.startsWith('Windows-Update-Agent'),
  },
  // [MS-TSGU] 2.1; the older form goes through the RPC proxy to port 3388
  {
    protocol: 'rd-gateway',
    serves: (path, { method }) => method.startsWith('RDG_') || path.startsWith('/remotedesktopgateway')
      || (path.startsWith('/rpc/') && path.endsWith(':3388')),
  },
  // [MS-RPCH] 2.1.2
  { protocol: 'rpc-http', serves: (path, { method }) => method === 'RPC_IN_DATA' || method === 'RPC_OUT_DATA' || path.startsWith('/rpc/rpcproxy.dll') },
  { protocol: 'rd-web', serves: (path) => path.startsWith('/rdweb') },
  {
    protocol: 'configmgr',
    serves: (path, { method }) => method === 'CCM_POST' || path.startsWith('/ccm_system') || path.startsWith('/sms_mp/') || path.startsWith('/sms_dp_'),
  },
  // Microsoft documents neither path nor header. On the HTTP listener both ends authenticate, and what they prove it with names the
  // service; the path is what people tell of it, and no specification.
  { protocol: 'hyper-v-replica', serves: (path, { asked }) => asked.startsWith('Hyper-V Replica Service/') || path.startsWith('/fvmreplication') },
  { protocol: 'kdc-proxy', serves: (path) => path.startsWith('/kdcproxy') },
  { protocol: 'adfs', serves: (path) => path.startsWith('/adfs/') },
  { protocol: 'ws-discovery', serves: (_, { userAgent }) => userAgent.startsWith('WSDAPI') },
  { protocol: 'webdav', serves: (_, { method, userAgent }) => method === 'PROPFIND' || userAgent.startsWith('Microsoft-WebDAV-MiniRedir') },
];

const WSUS_PATHS = [
  '/clientwebservice/', '/simpleauthwebservice/', '/reportingwebservice/', '/serversyncwebservice/', '/dssauthwebservice/', '/selfupdate/',
];

/** Name of the service, or `http`. */
export function httpService(request: RequestLine): string {
  const path = request.path.toLowerCase();
  return SERVICES.find(({ serves }) => serves(path, request))?.protocol ?? 'http';
}
