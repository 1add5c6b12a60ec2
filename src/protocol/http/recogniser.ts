/**
 * HTTP/1 (RFC 9112) and the clear-text preface of HTTP/2 (RFC 9113 3.4). Proof: a known method, a space and the beginning of a
 * target, or `HTTP/1.` and a digit. Empty lines before a request are let pass (RFC 9112 2.2).
 */
import { Recognition } from '../recogniser.js';
import { RecogniserIndex } from '../recogniser-index.js';
import type { AnalysisContext, Recogniser } from '../recogniser.js';
import { tunnelledRecognisers } from '../tunnel/recognisers.js';
import { TunnelledStream } from '../tunnel/tunnelled-stream.js';
import { beginsWith } from '../wire-text.js';
import { HttpAnalyzer } from './analyzer.js';

const METHODS = [
  'GET ', 'POST ', 'HEAD ', 'PUT ', 'DELETE ', 'OPTIONS ', 'CONNECT ', 'PATCH ', 'TRACE ', 'PROPFIND ', 'PROPPATCH ', 'MKCOL ', 'COPY ',
  'MOVE ', 'LOCK ', 'UNLOCK ', 'SEARCH ', 'REPORT ', 'SUBSCRIBE ', 'UNSUBSCRIBE ', 'NOTIFY ', 'POLL ', 'PRI ', 'RPC_IN_DATA ', 'RPC_OUT_DATA ',
  'RDG_IN_DATA ', 'RDG_OUT_DATA ', 'BITS_POST ', 'CCM_POST ',
];
const BY_LETTER: ReadonlyMap<number, readonly string[]> = METHODS.reduce(
  (map, method) => map.set(method.charCodeAt(0), [...(map.get(method.charCodeAt(0)) ?? []), method]), new Map<number, string[]>(),
);

const RESPONSE = 'HTTP/1.';
const CONNECT = 'CONNECT ';
const EMPTY_LINES = 4;

export const http: Recogniser = {
  protocol: 'http',
  transport: 'tcp',
  ports: [80, 5985, 8080, 8530, 47001, 443, 3128, 5357, 2869, 8000],
  recognise(bytes, start, limit) {
    for (let count = 0; count < EMPTY_LINES && start < limit && (bytes[start] === 0x0d || bytes[start] === 0x0a); count++) start++;
    if (start === limit) return Recognition.more;
    if (bytes[start] === 0x48) {
      const response = beginsWith(bytes, start, limit, RESPONSE);
      if (response !== false) return response === true ? Recognition.server : Recognition.more;
    }
    for (const method of BY_LETTER.get(bytes[start]!) ?? []) {
      const said = beginsWith(bytes, start, limit, method);
      if (said === undefined) return Recognition.more;
      if (!said) continue;
      const target = start + method.length;
      if (target === limit) return Recognition.more;
      return beginsTarget(bytes[target]!) || method === CONNECT ? Recognition.client : Recognition.no;
    }
    return Recognition.no;
  },
  analyse: (context) => new HttpAnalyzer(context, lookInto),
};

let inTunnel: RecogniserIndex | undefined;

/** HTTP in a tunnel is read like any; a tunnel in it is not. */
function lookInto(context: AnalysisContext, port: number): TunnelledStream {
  inTunnel ??= new RecogniserIndex([...tunnelledRecognisers, { ...http, analyse: (inner) => new HttpAnalyzer(inner, null) }], 'tcp');
  return new TunnelledStream(context, inTunnel, port);
}

/** Origin form, asterisk form, or an absolute form, which begins with `http`: not the targets of SIP and RTSP. */
function beginsTarget(byte: number): boolean {
  return byte === 0x2f || byte === 0x2a || byte === 0x68 || byte === 0x48;
}
