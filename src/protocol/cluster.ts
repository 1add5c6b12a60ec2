/**
 * Failover cluster between two ports 3343 of UDP. Current Windows speaks DTLS there, older ones something that nobody published: the
 * pair of ports is what tells, so this is the one recogniser that a port convinces, and the flow says so (`confidence: 'port'`).
 * Both ends send first; nobody is the client.
 */
import { Recognition } from './recogniser.js';
import type { Recogniser } from './recogniser.js';
import { DtlsAnalyzer, isDtlsRecord } from './tls/dtls.js';

const PORT = 3343;

export const cluster: Recogniser = {
  protocol: 'cluster',
  transport: 'udp',
  ports: [PORT],
  recognise: (_bytes, _start, _limit, { senderPort, receiverPort }) =>
    senderPort === PORT && receiverPort === PORT ? Recognition.either : Recognition.no,
  analyse(context) {
    let handshake: DtlsAnalyzer | undefined;
    return {
      data(role, bytes, start, limit, at) {
        if (handshake === undefined) {
          if (isDtlsRecord(bytes, start, limit) !== true) return false;
          context.fact('encryption', 'DTLS');
          handshake = new DtlsAnalyzer(context);
        }
        return handshake.data(role, bytes, start, limit, at);
      },
    };
  },
};
