/** RFB, the protocol of VNC (RFC 6143 7.1.1): the server says `RFB 003.008\n`, the client answers in the same form. */
import { Recognition } from './recogniser.js';
import type { Recogniser } from './recogniser.js';
import { beginsWith, latinText } from './wire-text.js';

const LENGTH = 12;

export const rfb: Recogniser = {
  protocol: 'rfb',
  transport: 'tcp',
  ports: [5900],
  recognise(bytes, start, limit) {
    const said = beginsWith(bytes, start, limit, 'RFB 00');
    if (said === false) return Recognition.no;
    if (limit - start < LENGTH) return Recognition.more;
    return bytes[start + 7] === 0x2e && bytes[start + 11] === 0x0a ? Recognition.either : Recognition.no;
  },
  analyse(context) {
    let version = '';
    return {
      data(role, bytes, start, limit) {
        if (role === 'client') return true;
        version += latinText(bytes, start, Math.min(limit, start + LENGTH - version.length));
        if (version.length < LENGTH) return true;
        context.fact('version', version.slice(4, 11));
        return false;
      },
    };
  },
};
