/** SMB Direct over iWARP ([MS-SMBD], RFC 5044 7.1): the connection begins with the text of MPA. On other ports than 5445 it is any iWARP. */
import { Recognition } from './recogniser.js';
import type { Recogniser } from './recogniser.js';
import { beginsWith } from './wire-text.js';

const REQUEST = 'MPA ID Req Frame';
const REPLY = 'MPA ID Rep Frame';
const PORT = 5445;

export const smbDirect: Recogniser = {
  protocol: 'smb-direct',
  transport: 'tcp',
  ports: [PORT],
  recognise(bytes, start, limit) {
    const request = beginsWith(bytes, start, limit, REQUEST);
    if (request === true) return Recognition.client;
    const reply = beginsWith(bytes, start, limit, REPLY);
    if (reply === true) return Recognition.server;
    return request === undefined || reply === undefined ? Recognition.more : Recognition.no;
  },
  analyse: (context) => ({
    data() {
      if (context.server.port !== PORT) context.protocol('iwarp');
      return false;
    },
  }),
};
