/**
 * Public captures with what TShark says of them. The folder is not part of the repository: PORTWITNESS_CORPUS names it. Without it
 * these tests are skipped, and each says how many captures that are.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const corpus = process.env['PORTWITNESS_CORPUS'];

/** In the folder that the tests were written with. */
export const CAPTURES_WITH_TRUTH = 190;
export const MALFORMED_CAPTURES = 150;

export function skipped(captures: number): string {
  return corpus === undefined ? ` (${captures} captures skipped: PORTWITNESS_CORPUS is not set)` : '';
}

export interface TruthRow {
  readonly a: string; readonly aPort: number; readonly b: string; readonly bPort: number;
  readonly packetsAtoB: number; readonly packetsBtoA: number; readonly ipBytesAtoB: number; readonly ipBytesBtoA: number;
  readonly payloadAtoB: number; readonly payloadBtoA: number; readonly firstFrame: number; readonly lastFrame: number;
}

export interface TruthMapping { readonly frame: number; readonly uuid: string; readonly protocol?: string; readonly towerPort?: number | null }
export interface TruthBind { readonly frame: number; readonly uuid: string; readonly transport: string; readonly port?: number; readonly result: number | null }

export interface Truth {
  readonly packets: number;
  readonly tcp: readonly TruthRow[];
  readonly udp: readonly TruthRow[];
  readonly fragments?: readonly unknown[];
  readonly tunnels?: object;
  readonly brokenIp?: number;
  readonly severalPackets?: number;
  readonly rpc?: { readonly mappings?: readonly TruthMapping[]; readonly binds?: readonly TruthBind[] };
}

export interface CaptureWithTruth { readonly name: string; readonly path: string; readonly truth: Truth }

export function capturesWithTruth(): CaptureWithTruth[] {
  if (corpus === undefined) return [];
  return (readdirSync(corpus, { recursive: true }) as string[]).filter((file) => file.endsWith('.truth.json')).sort().flatMap((file) => {
    const name = file.slice(0, -'.truth.json'.length);
    const path = join(corpus, name);
    const truth = JSON.parse(readFileSync(join(corpus, file), 'utf8')) as Truth;
    return existsSync(path) && Array.isArray(truth.tcp) ? [{ name, path, truth }] : [];
  });
}

/** TShark's reading is one of several there: tunnels, fragments, broken headers, many packets in one. */
export function isOdd({ name, truth }: CaptureWithTruth): boolean {
  return [truth.tunnels, truth.brokenIp, truth.severalPackets].some(Boolean) || (truth.fragments?.length ?? 0) > 0 || name.toLowerCase().includes('fuzz');
}
