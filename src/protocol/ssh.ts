/** SSH (RFC 4253 4.2): both sides begin with `SSH-2.0-software`, so the bytes do not say who is who. */
import { Recognition } from './recogniser.js';
import type { Recogniser, Role } from './recogniser.js';
import { beginsWith, latinText } from './wire-text.js';

const BANNER = 'SSH-';
const BANNER_MAXIMUM = 255;
const LF = 0x0a;
const CR = 0x0d;

export const ssh: Recogniser = {
  protocol: 'ssh',
  transport: 'tcp',
  ports: [22],
  recognise(bytes, start, limit) {
    const said = beginsWith(bytes, start, limit, BANNER);
    if (said === undefined) return Recognition.more;
    return said ? Recognition.either : Recognition.no;
  },
  analyse(context) {
    const lines: Record<Role, string> = { client: '', server: '' };
    const done = { client: false, server: false };
    return {
      data(role, bytes, start, limit) {
        if (done[role]) return true;
        const end = bytes.indexOf(LF, start);
        const stop = end < 0 || end >= limit ? limit : end;
        lines[role] += latinText(bytes, start, stop);
        if (stop === limit && lines[role].length < BANNER_MAXIMUM) return true;
        done[role] = true;
        const line = lines[role];
        context.fact(role === 'client' ? 'clientSoftware' : 'serverSoftware', line.charCodeAt(line.length - 1) === CR ? line.slice(0, -1) : line);
        return !(done.client && done.server);
      },
    };
  },
};
