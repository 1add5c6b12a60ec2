/** Zeek's own logs of two public captures: the same connections, states and, but for documented letters, histories. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readFlows } from '../../src/node.js';
import type { Flow } from '../../src/flow/flow.js';

interface ZeekConnection { proto: string; origin: string; originPort: number; responder: string; responderPort: number; state: string; history: string }

const corpus = process.env['PORTWITNESS_CORPUS'];
const captures = ['windows-rpc/NEWYORK.cap', 'windows-rpc/UTICA-C.cap'];

/** docs/flows.md: letters that need checksums or what was acknowledged but never captured; and what comes after one of them. */
function comparable(history: string): string {
  return history.replace(/[gGcC]/g, '').replace(/T(?=R?$)/, '');
}

describe.skipIf(corpus === undefined)(`Zeek's connections (skipped without PORTWITNESS_CORPUS: ${captures.length} captures)`, () => {
  it.each(captures)('%s', async (name) => {
    const truth = JSON.parse(fs.readFileSync(path.join(corpus!, 'zeek-truth', `${path.basename(name)}.zeek.json`), 'utf8')) as { connections: ZeekConnection[] };
    const flows: Flow[] = [];
    await readFlows([path.join(corpus!, name)], (flow) => flows.push(flow));
    expect(flows.length).toBe(truth.connections.length);
    const key = (proto: string, a: string, ap: number, b: string, bp: number): string => `${proto} ${a}:${ap} ${b}:${bp}`;
    const ours = new Map<string, Flow[]>();
    for (const flow of flows) {
      const k = key(flow.transport, flow.client.address, flow.client.port, flow.server.address, flow.server.port);
      ours.set(k, [...(ours.get(k) ?? []), flow]);
    }
    const used = new Map<string, number>();
    const differing: string[] = [];
    for (const c of truth.connections) {
      const k = key(c.proto, c.origin, c.originPort, c.responder, c.responderPort);
      const n = used.get(k) ?? 0;
      used.set(k, n + 1);
      // Flows and Zeek's lines are both in the order of time for one pair of sockets.
      const flow = ours.get(k)?.[n];
      if (flow === undefined) differing.push(`${k}: missing`);
      else if (flow.state !== c.state || comparable(flow.history) !== comparable(c.history)) differing.push(`${k}: ${flow.state} ${flow.history}, Zeek ${c.state} ${c.history}`);
    }
    expect(differing).toEqual([]);
  });
});
