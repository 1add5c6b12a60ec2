/**
 * Where a capture was taken, from what only that place sees: checksums that the network card has yet to fill in, frames larger
 * than any wire carries, direction flags, and how far each sender's TTL has come down. It decides what silence proves.
 */
import { MAX_INTERFACES_COUNTED } from '../evidence/capture-counts.js';
import type { CaptureEvidence, CaptureTraits } from '../evidence/evidence.js';
import type { HostLabels } from './host-labels.js';
import type { Vantage } from './report-model.js';
import type { HostSurvey } from './survey.js';

type Sender = CaptureTraits['senders'][number];

/** Share of looked-at packets with an unfilled checksum from which a sender counts as local. */
const UNFILLED_SHARE = 0.3;
const LARGE_FRAMES = 3;

/** Hops from the sender to the capture point, by the nearest usual initial TTL above; 0: none. */
export function hopsTravelled(ttl: number): number {
  return (ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255) - ttl;
}

export function vantageOf(capture: CaptureEvidence, hosts: ReadonlyMap<string, HostSurvey>, labels: HostLabels): Vantage {
  const { traits } = capture;
  const senders = traits.senders.filter((sender) => sender.packets > 0 && hosts.has(sender.address));
  if (senders.length === 0) return { at: 'unknown', host: null, evidence: [], onHost: false };
  const local = senders.filter(isLocal);
  const manyInterfaces = capture.interfaces.filter((one) => one.packets > 0).length > 1;
  // An event trace is of one machine, which shows a packet at each place inside it; of virtual machines on it there would be several senders.
  const isInside = capture.format === 'etl' && local.length < 2;
  const inside = isInside && traits.duplicates > 0 ? [`an event trace, in which packets are seen at up to ${interfacesOf(capture)} places inside one machine`] : [];
  if (traits.duplicates > 0 && !isInside && (manyInterfaces || traits.duplicates * 4 > capture.packets)) {
    const evidence = [`${traits.duplicates} packets were seen more than once${manyInterfaces ? ` on ${interfacesOf(capture)} interfaces` : ''}`];
    return { at: manyInterfaces ? 'switch' : 'mirror', host: null, evidence: [...evidence, ...distances(senders, labels)], onHost: false };
  }
  if (local.length === 1) {
    const [host] = local;
    return { at: roleOf(hosts.get(host!.address)), host: host!.address, evidence: [...inside, ...localReasons(host!, labels), ...distances(senders.filter((one) => one !== host), labels)], onHost: true };
  }
  if (local.length > 1) {
    const evidence = [`packets of ${list(local.map((one) => labels.short(one.address)))} have checksums that no network card has filled in yet: they met before any wire`];
    return { at: 'switch', host: null, evidence: [...evidence, ...distances(senders, labels)], onHost: false };
  }
  const near = senders.filter((one) => hopsTravelled(one.ttl) === 0);
  const far = senders.filter((one) => hopsTravelled(one.ttl) > 0);
  const evidence = distances(senders, labels);
  if (far.length > 1 && near.length === 0) return { at: 'path', host: null, evidence, onHost: false };
  if (far.length > 0 && (near.length === 1 || isOneMachine(near))) return { at: roleOf(hosts.get(near[0]!.address)), host: near[0]!.address, evidence, onHost: false };
  return { at: 'unknown', host: null, evidence: [...inside, ...evidence], onHost: false };
}

/** What a capture of this kind cannot show; said before anybody concludes something from its absence. */
export function blindSpots(capture: CaptureEvidence, vantage: Vantage, labels: HostLabels): string[] {
  const blind: string[] = [];
  if (capture.dropRecords !== undefined && capture.dropRecords !== null) {
    // pktmon looks at all components and drops unless it is told otherwise, and no trace says what it was told. A drop proves that drops were looked at.
    blind.push('what other hosts drop', 'RDMA (SMB Direct)', `what pktmon was told to leave out (${capture.dropRecords === 'seen' ? '--comp' : '--comp, --type flow'})`);
  } else if (vantage.onHost && vantage.host !== null) {
    const name = labels.short(vantage.host);
    blind.push(`firewall decisions on ${name} itself`, 'RDMA (SMB Direct)', `other network adapters of ${name}`);
  } else {
    blind.push('what the hosts themselves drop', 'RDMA (SMB Direct)');
  }
  if (capture.traits.oneSidedFlows * 2 > capture.traits.flows && capture.traits.flows > 0) blind.push('one direction of most connections');
  if (capture.cutPackets > 0 && capture.snapLength !== null) blind.push(`everything beyond ${capture.snapLength} bytes of a packet`);
  if (capture.start !== null && capture.end !== null) blind.push('anything before or after these times');
  return blind;
}

function interfacesOf({ interfaces }: CaptureEvidence): string {
  return interfaces.length < MAX_INTERFACES_COUNTED ? String(interfaces.length) : `${MAX_INTERFACES_COUNTED} or more`;
}

function isLocal(sender: Sender): boolean {
  if (hopsTravelled(sender.ttl) > 0) return false;
  if (sender.checksumsLookedAt > 0 && sender.checksumsUnfilled / sender.checksumsLookedAt >= UNFILLED_SHARE) return true;
  if (sender.outbound > 0 && sender.outbound > sender.inbound * 4) return true;
  return false;
}

function localReasons(sender: Sender, labels: HostLabels): string[] {
  const name = labels.short(sender.address);
  const reasons: string[] = [];
  if (sender.checksumsUnfilled > 0) reasons.push(`frames of ${name} have unfilled checksums (${sender.checksumsUnfilled} of ${sender.checksumsLookedAt} looked at)`);
  if (sender.largePackets >= LARGE_FRAMES) reasons.push(`${sender.largePackets} of its frames are larger than a wire carries`);
  if (sender.outbound > sender.inbound * 4) reasons.push(`the file marks its packets as outbound`);
  return reasons;
}

function distances(senders: readonly Sender[], labels: HostLabels): string[] {
  const said: string[] = [];
  for (const sender of senders.slice(0, 4)) {
    const hops = hopsTravelled(sender.ttl);
    if (hops > 40) continue; // no usual initial TTL explains it
    said.push(hops === 0
      ? `packets of ${labels.short(sender.address)} have their initial TTL ${sender.ttl}`
      : `those of ${labels.short(sender.address)} arrive with TTL ${sender.ttl} (${hops === 1 ? 'one router' : `${hops} routers`})`);
  }
  return said;
}

/** One address of each family: a machine that speaks both, as far as can be told from here. */
function isOneMachine(near: readonly Sender[]): boolean {
  return near.length === 2 && near[0]!.address.includes(':') !== near[1]!.address.includes(':');
}

function roleOf(host: HostSurvey | undefined): 'client' | 'server' {
  return host !== undefined && host.servedConversations > host.openedConversations ? 'server' : 'client';
}

function list(names: readonly string[]): string {
  return names.length <= 4 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
}
