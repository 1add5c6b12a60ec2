/**
 * Every protocol that is recognised. The order is that in which recognisers are asked when no port speaks for one of them:
 * unmistakable beginnings first, weak ones last.
 */
import { http } from './http/recogniser.js';
import type { Recogniser } from './recogniser.js';
import { smb } from './smb/recogniser.js';
import { tls } from './tls/recogniser.js';

export const allRecognisers: readonly Recogniser[] = [
  smb,
  tls,
  http,
];
