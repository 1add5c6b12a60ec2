/** What people reach through proxies and gateways. HTTP has a tunnel of its own and adds itself. */
import { rdp } from '../rdp/recogniser.js';
import { vmconnect } from '../rdp/vmconnect.js';
import type { Recogniser } from '../recogniser.js';
import { smb } from '../smb/recogniser.js';
import { ssh } from '../ssh.js';
import { tds } from '../tds/recogniser.js';
import { tls } from '../tls/recogniser.js';

export const tunnelledRecognisers: readonly Recogniser[] = [tls, ssh, rdp, vmconnect, smb, tds];
