/** LDAP (RFC 4511 4.2, [MS-ADTS]). Proof: the three tags of a message in their places; the operation says who sent it. */
import { Recognition } from '../recogniser.js';
import type { Recogniser } from '../recogniser.js';
import { LdapAnalyzer } from './analyzer.js';
import { operationAt, REQUESTS } from './operation.js';

export const ldap: Recogniser = {
  protocol: 'ldap',
  transport: 'both',
  ports: [389, 3268],
  recognise(bytes, start, limit) {
    const operation = operationAt(bytes, start, limit);
    if (operation <= 0) return operation === 0 ? Recognition.more : Recognition.no;
    return REQUESTS.has(operation) ? Recognition.client : Recognition.server;
  },
  analyse: (context) => new LdapAnalyzer(context),
};
