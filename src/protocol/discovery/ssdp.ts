/** SSDP (UPnP Device Architecture 1.1, 1.2–1.3): `M-SEARCH *`, `NOTIFY *`, and over UDP an HTTP answer to a search. */
import { FieldCursor } from '../http/head-reader.js';
import { Recognition } from '../recogniser.js';
import type { Recogniser } from '../recogniser.js';
import { beginsWith } from '../wire-text.js';

const MESSAGES_MAXIMUM = 16;
const SEARCH = 'M-SEARCH * HTTP/1.';
const NOTIFY = 'NOTIFY * HTTP/1.';
const ANSWER = 'HTTP/1.1 200';
const fields = new FieldCursor();

export const ssdp: Recogniser = {
  protocol: 'ssdp',
  transport: 'udp',
  ports: [1900],
  recognise(bytes, start, limit) {
    const search = beginsWith(bytes, start, limit, SEARCH);
    const notify = beginsWith(bytes, start, limit, NOTIFY);
    const answer = beginsWith(bytes, start, limit, ANSWER);
    if (search === true || notify === true) return Recognition.client;
    if (answer === true) return Recognition.server;
    return search === false && notify === false && answer === false ? Recognition.no : Recognition.more;
  },
  analyse(context) {
    let messages = 0;
    return {
      data(_role, bytes, start, limit) {
        const first = bytes.indexOf(0x0a, start) + 1;
        if (first > 0) {
          fields.begin(first);
          while (fields.next(bytes, limit)) {
            if (fields.is(bytes, 'st') || fields.is(bytes, 'nt')) context.fact('target', fields.text(bytes));
            else if (fields.is(bytes, 'location')) context.fact('location', fields.text(bytes));
            else if (fields.is(bytes, 'server')) context.fact('server', fields.text(bytes));
          }
        }
        return ++messages < MESSAGES_MAXIMUM;
      },
    };
  },
};
