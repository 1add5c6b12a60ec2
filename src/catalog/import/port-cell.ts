/** What a table cell says about ports, in the spellings that vendors use. Nothing is guessed silently: doubts are told. */
import { resolveProtocol } from '../protocols.js';
import type { EntryTransport, PortRange } from '../types.js';

export interface PortReading {
  readonly range: PortRange;
  /** null: the cell names none for this port. */
  readonly transport: EntryTransport | null;
  /** Word of the vocabulary; null: the cell names none. */
  readonly protocol: string | null;
  /** What stood in brackets and is neither protocol nor transport (`default`, `time sync`). */
  readonly note: string | null;
}

export interface PortCell {
  readonly ports: readonly PortReading[];
  readonly doubts: readonly string[];
}

const DYNAMIC: PortRange = [49152, 65535];
const NUMBER = String.raw`\d{1,6}(?:\s*(?:-|–|—|\bto\b|\bthrough\b)\s*\d{1,6})?`;
const PORTS = String.raw`${NUMBER}(?:\s*(?:[/,&]|\band\b|\bor\b)\s*${NUMBER})*`;
const portsFirst = new RegExp(String.raw`^(${PORTS})\s*:\s*(\S.*)$`, 'i');
const labelFirst = /^([a-z][^:;]*?)\s*:\s*(.*\d.*)$/i;
/** Where the next "ports: protocol" begins although nothing separates it. */
const nextPair = new RegExp(String.raw`(?<=[a-z)])\s+(?=${PORTS}\s*:)`, 'gi');
const nothing = /^(n\s*\/\s*a|none|not applicable|-+|–|—)?$/i;
const tokens = /\b(tcp|udp)\b|(\d{1,6})(?:\s*(?:-|–|—|\bto\b|\bthrough\b)\s*(\d{1,6}))?|\(([^)]*)\)/gi;

/** `80/443`, `8100, 8101 (HTTPS)`, `TCP & UDP 3389`, `80: WinRM; 135: RPC`, `All dynamic ports (49152-65535)`, `n/a` … */
export function readPortCell(cell: string): PortCell {
  const text = cell.replace(/\s+/g, ' ').trim();
  if (nothing.test(text)) return { ports: [], doubts: [] };
  const ports: PortReading[] = [];
  const doubts: string[] = [];
  for (const part of text.replace(nextPair, ';').split(';').map((piece) => piece.trim()).filter((piece) => piece !== '')) {
    const pair = portsFirst.exec(part);
    const label = pair?.[2] ?? labelFirst.exec(part)?.[1];
    const numbers = pair?.[1] ?? (label === undefined ? part : labelFirst.exec(part)![2]!);
    const read = readNumbers(numbers, doubts);
    const named = label === undefined ? { protocol: null, transport: null } : readProtocolText(label);
    if (label !== undefined && named.protocol === null && named.transport === null) doubts.push(`"${label}" is no protocol that is known`);
    for (const one of read) ports.push({ ...one, transport: one.transport ?? named.transport, protocol: named.protocol ?? one.protocol });
  }
  if (ports.length === 0 && /dynamic|ephemeral|random/i.test(text)) {
    return { ports: [{ range: DYNAMIC, transport: null, protocol: null, note: null }], doubts: [...doubts, `"${text}" names no numbers: taken for ${DYNAMIC[0]}-${DYNAMIC[1]}`] };
  }
  if (ports.length === 0 && doubts.length === 0) doubts.push(`no port could be read from "${text}"`);
  return { ports, doubts };
}

function readNumbers(part: string, doubts: string[]): PortReading[] {
  const outside = part.replace(/\([^)]*\)/g, '');
  // "All dynamic ports (49152-65535)": the numbers stand in the brackets.
  const text = /\d/.test(outside) ? part : part.replace(/[()]/g, ' ');
  const found: { range: PortRange; transport: EntryTransport | null; protocol: string | null; note: string | null }[] = [];
  let named: EntryTransport | null = null;
  let fresh = false;
  for (const [, transport, from, to, note] of text.matchAll(tokens)) {
    if (transport !== undefined) {
      const word = transport.toLowerCase() as 'tcp' | 'udp';
      named = fresh && named !== null && named !== word ? 'tcp+udp' : word;
      fresh = true;
    } else if (from !== undefined) {
      const range: PortRange = [Number(from), Number(to ?? from)];
      fresh = false;
      if (range[0] < 1 || range[1] > 65535 || range[0] > range[1]) doubts.push(`${to === undefined ? from : `${from}-${to}`} is no port`);
      else found.push({ range, transport: named, protocol: null, note: null });
    } else if (note !== undefined && found.length > 0) {
      const last = found.at(-1)!;
      const read = readProtocolText(note);
      last.protocol = read.protocol;
      last.transport = read.transport ?? last.transport;
      if (read.protocol === null && read.transport === null) last.note = note.trim();
    }
  }
  // "3389/tcp", "53 TCP and UDP": named behind the numbers.
  if (fresh && found.every((one) => one.transport === null)) for (const one of found) one.transport = named;
  return found;
}

/** `SMB (over TCP)`, `HTTPS`, `SFTP Inbound rule on hosts`: the longest beginning that is a word of the vocabulary. */
export function readProtocolText(text: string): { readonly protocol: string | null; readonly transport: EntryTransport | null } {
  const tcp = /\btcp\b/i.test(text);
  const udp = /\budp\b/i.test(text);
  const transport = tcp && udp ? 'tcp+udp' : tcp ? (/net\.tcp/i.test(text) ? null : 'tcp') : udp ? 'udp' : null;
  const words = text.replace(/\([^)]*\)/g, ' ').trim().split(/\s+/).filter((word) => word !== '');
  for (let count = Math.min(4, words.length); count > 0; count--) {
    const protocol = resolveProtocol(words.slice(0, count).join(' ').replace(/[,.]$/, ''));
    if (protocol !== undefined) return { protocol, transport };
  }
  const whole = resolveProtocol(text.trim());
  return { protocol: whole ?? null, transport };
}
