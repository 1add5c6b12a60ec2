/**
 * TCP connections by which captures of several places are recognised as views of the same traffic: of each series the k connections
 * whose initial sequence number hashes lowest, so that two captures of one connection both keep it or both do not. Kept only where there are several inputs.
 */
import type { AddressTable } from '../decode/address-table.js';
import { captureOfKey, frameOfKey } from '../flow/flow-layout.js';
import type { FlowView } from '../flow/flow-view.js';
import type { FlowAnchor } from './evidence.js';

const KEPT = 1024;

interface Hashed {
  readonly hash: number;
  /** Among connections that begin with one number: by their sockets. */
  readonly sockets: number;
  readonly anchor: FlowAnchor;
}

export class FlowAnchors {
  private readonly bySeries = new Map<number, { list: Hashed[]; limit: number }>();
  private readonly addresses: AddressTable;

  constructor(addresses: AddressTable) {
    this.addresses = addresses;
  }

  /** A finished TCP flow whose SYN was seen. */
  add(series: number, view: FlowView): void {
    if (!view.tcp || view.synCount === 0) return;
    const client = view.clientInitial;
    // The number alone: an address translation between two places changes the sockets.
    const hash = mix(client, 0);
    const kept = this.of(series);
    if (hash > kept.limit) return;
    this.keep(kept, {
      hash,
      // Address ids are the same in all series of a run, so they do as well as the addresses.
      sockets: mix(mix(mix(0, view.clientAddress), view.serverAddress), (view.clientPort << 16) | view.serverPort),
      anchor: {
        client: { address: this.addresses.text(view.clientAddress), port: view.clientPort }, server: { address: this.addresses.text(view.serverAddress), port: view.serverPort },
        initial: client >>> 0, start: { seconds: view.startSeconds, nanoseconds: view.startNanoseconds }, first: { capture: captureOfKey(view.firstKey), frame: frameOfKey(view.firstKey) },
        handshakeMs: view.handshakeMs, ttl: view.clientTtl, outcome: view.outcome, packets: { client: view.clientPackets, server: view.serverPackets },
        payload: { client: view.clientPayload, server: view.serverPayload }, synCount: view.synCount, openAtEnd: view.openAtEnd,
      },
    });
  }

  /** In the order of first frames. */
  list(): FlowAnchor[] {
    const all = [...this.bySeries.values()].flatMap((kept) => {
      shorten(kept);
      return kept.list.map(({ anchor }) => anchor);
    });
    return all.sort((a, b) => a.first.capture - b.first.capture || a.first.frame - b.first.frame);
  }

  private of(series: number): { list: Hashed[]; limit: number } {
    let kept = this.bySeries.get(series);
    if (kept === undefined) this.bySeries.set(series, (kept = { list: [], limit: Infinity }));
    return kept;
  }

  private keep(kept: { list: Hashed[]; limit: number }, one: Hashed): void {
    kept.list.push(one);
    if (kept.list.length >= 2 * KEPT) shorten(kept);
  }
}

function shorten(kept: { list: Hashed[]; limit: number }): void {
  if (kept.list.length <= KEPT) return;
  kept.list.sort((a, b) => a.hash - b.hash || a.sockets - b.sockets || a.anchor.first.frame - b.anchor.first.frame);
  kept.list.length = KEPT;
  kept.limit = kept.list[KEPT - 1]!.hash;
}

function mix(hash: number, value: number): number {
  let h = Math.imul(hash ^ value, 0x9e3779b1);
  h ^= h >>> 15;
  h = Math.imul(h, 0x85ebca77);
  return (h ^ (h >>> 13)) >>> 0;
}
