/**
 * What the machine itself says of a port that was silent or refused: whether something listens there, and which of its enabled firewall
 * rules concern it. It was gathered at another time than the capture, so it makes a cause likely and never certain.
 */
import { addressBits, networkBits } from '../inventory/address-bits.js';
import type { FirewallRule, GatheredMachine, Inventory } from '../inventory/inventory.js';
import type { FindingDraft } from './finding-draft.js';
import type { HostGroups } from './host-groups.js';
import type { HostLabels } from './host-labels.js';
import type { Alternative, FindingCode } from './report-model.js';

const concerned: ReadonlySet<FindingCode> = new Set(['no-answer', 'blocked-port', 'blocked-dynamic-port', 'endpoint-mapper-blocked', 'service-not-listening', 'rejected-by-firewall']);
const DYNAMIC_FROM = 49_152;
const ENDPOINT_MAPPER = 135;
/** Rules that are named in one sentence. */
const MAX_NAMED = 3;

export class InventoryTestimony {
  private readonly byAddress = new Map<string, GatheredMachine>();
  private readonly groups: HostGroups;
  private readonly labels: HostLabels;

  constructor(inventory: Inventory | undefined, groups: HostGroups, labels: HostLabels) {
    this.groups = groups;
    this.labels = labels;
    for (const machine of inventory?.machines ?? []) for (const address of machine.addresses) this.byAddress.set(addressBits(address) ?? address, machine);
  }

  /** Findings that the machine has something to say of are told with it; the others stay as they are. */
  hear(drafts: readonly FindingDraft[]): readonly FindingDraft[] {
    return this.byAddress.size === 0 ? drafts : drafts.map((draft) => this.told(draft));
  }

  private told(draft: FindingDraft): FindingDraft {
    const { server, port, transport } = draft;
    if (!concerned.has(draft.code) || server === null || port === null || transport === null) return draft;
    const machine = this.machineOf(server);
    if (machine === undefined) return draft;
    const name = this.labels.short(server);
    return withRules(withListener(draft, machine, name, port, server), machine, name, port);
  }

  private machineOf(address: string): GatheredMachine | undefined {
    const own = this.byAddress.get(addressBits(address) ?? address);
    return own ?? this.groups.othersOf(address).map((other) => this.byAddress.get(addressBits(other) ?? other)).find((machine) => machine !== undefined);
  }
}

/** TCP only: the script asks for no UDP endpoints. */
function withListener(draft: FindingDraft, machine: GatheredMachine, name: string, port: number, server: string): FindingDraft {
  if (draft.transport !== 'tcp' || machine.listeners === null) return draft;
  const here = machine.listeners.filter((one) => one.port === port);
  const open = here.find(({ address }) => address === '0.0.0.0' || address === '::' || addressBits(address) === addressBits(server));
  const isSilent = draft.code !== 'service-not-listening' && draft.code !== 'rejected-by-firewall';
  if (open !== undefined) {
    const proof = `by its inventory, ${open.process ?? 'a process'} listens on ${name} TCP ${port}`;
    if (!isSilent) return { ...draft, proof: [...draft.proof, proof] };
    const alternatives = draft.alternatives.filter(({ cause }) => !/^nothing listens|is down/.test(cause));
    const filtered: FindingDraft = { ...draft, proof: [...draft.proof, proof], ruledOut: [...new Set([...draft.ruledOut, 'nothing listens'])], alternatives, state: 'FILTERED' };
    if (draft.code !== 'no-answer') return filtered;
    // Silence of a port that is open is a filter's: that is the support which "blocked" wants.
    return {
      ...filtered, code: port === ENDPOINT_MAPPER ? 'endpoint-mapper-blocked' : 'blocked-port', confidence: 'likely', remedy: port === ENDPOINT_MAPPER ? 'open-endpoint-mapper' : 'open-port',
      cause: `silence ${server} ${port} listening`, explanation: `${draft.explanation} By its inventory the machine listens there, so something filters it.`,
    };
  }
  if (here.length > 0) return { ...draft, proof: [...draft.proof, `by its inventory, ${name} listens on TCP ${port} of ${[...new Set(here.map(({ address }) => address))].slice(0, MAX_NAMED).join(', ')} only, not of ${server}`] };
  const proof = `by its inventory, nothing listens on ${name} TCP ${port}`;
  // A dynamic port may be another one by now.
  if (!isSilent || draft.mapping !== null || port >= DYNAMIC_FROM) return { ...draft, proof: [...draft.proof, proof] };
  return {
    ...draft, code: 'service-not-listening', state: 'NOT LISTENING', confidence: 'likely', remedy: 'start-service', cause: `not listening ${server} ${port}`, title: `Nothing listens on ${name} TCP ${port}`, proof: [...draft.proof, proof],
    alternatives: [{ cause: "nothing listens there: the Windows Firewall's stealth mode is silent about closed ports", confidence: 'likely' }, ...draft.alternatives.filter(({ cause }) => !/^nothing listens/.test(cause)).map(({ cause }): Alternative => ({ cause, confidence: 'possible' }))],
  };
}

function withRules(draft: FindingDraft, machine: GatheredMachine, name: string, port: number): FindingDraft {
  // What nobody listens on needs no rule.
  if (machine.rules === null || draft.code === 'service-not-listening') return draft;
  const rules = machine.rules.filter((rule) => rule.direction === 'inbound' && (rule.protocol === 'any' || rule.protocol === draft.transport) && coversPort(rule, port, draft));
  const reaches = (rule: FirewallRule): boolean => draft.client === null || coversAddress(rule, draft.client);
  const blocking = rules.filter((rule) => rule.action === 'block' && reaches(rule));
  const allowing = rules.filter((rule) => rule.action === 'allow');
  const open = allowing.filter(reaches);
  const told = (proof: string, cause: string, note: string): FindingDraft => ({
    ...draft, proof: [...draft.proof, proof], alternatives: [{ cause, confidence: 'likely' }, ...draft.alternatives.filter((one) => one.cause !== cause).map((one): Alternative => ({ ...one, confidence: 'possible' }))], fixNotes: [...(draft.fixNotes ?? []), note],
  });
  if (blocking.length > 0) return told(`by its inventory, ${name} has ${names(blocking)}, which ${blocking.length === 1 ? 'blocks' : 'block'} this`, `${names(blocking)} on ${name} blocks it`, `on ${name}: a rule that blocks wins over all that allow: look at ${names(blocking)} first`);
  if (open.length > 0) return told(`by its inventory, ${name} allows this already: ${names(open)} (profile ${[...new Set(open.map(({ profile }) => profile))].slice(0, MAX_NAMED).join(', ')})`, `a firewall on the way, or another filter on ${name}: its own rule allows it`, `on ${name}, ${names(open)} is enabled already: look at its profile and program, and at the way there`);
  if (allowing.length > 0) return told(`by its inventory, ${name} allows this, but not from ${draft.client!}: ${names(allowing)}`, `${names(allowing)} on ${name} does not cover ${draft.client!}`, `on ${name}, ${names(allowing)} exists already: widen its remote addresses`);
  return told(`by its inventory, no enabled rule of ${name} allows this`, `the firewall of ${name} itself: no enabled rule allows it`, `on ${name} no rule for this is enabled`);
}

function coversPort({ localPorts }: FirewallRule, port: number, { mapping }: FindingDraft): boolean {
  if (localPorts.length === 0) return true;
  return localPorts.some((written) => {
    const word = written.trim().toLowerCase();
    if (word === 'any') return true;
    if (word === 'rpc') return mapping !== null || port >= DYNAMIC_FROM;
    if (word === 'rpcepmap' || word === 'rpc-epmap') return port === ENDPOINT_MAPPER;
    const range = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(word);
    return range !== null && port >= Number(range[1]) && port <= Number(range[2] ?? range[1]);
  });
}

/** Words as `LocalSubnet` are given the benefit of the doubt. */
function coversAddress({ remoteAddresses }: FirewallRule, address: string): boolean {
  const bits = addressBits(address);
  if (remoteAddresses.length === 0 || bits === undefined) return true;
  return remoteAddresses.some((written) => {
    const word = written.trim();
    const range = word.split('-');
    const [from, to] = [addressBits(range[0]!), addressBits(range[1] ?? '')];
    if (range.length === 2 && from !== undefined && to !== undefined) return bits >= from && bits <= to;
    const network = networkBits(withPrefixLength(word));
    if (network !== undefined) return bits >= network.start && bits <= network.end;
    const single = addressBits(word);
    return single === undefined || single === bits;
  });
}

/** `10.0.0.0/255.255.255.0`, as Windows writes networks, with the length of the prefix. */
function withPrefixLength(written: string): string {
  const match = /^(.+)\/(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(written);
  if (match === null) return written;
  const ones = [2, 3, 4, 5].reduce((sum, part) => sum + Number(match[part]).toString(2).replaceAll('0', '').length, 0);
  return `${match[1]}/${ones}`;
}

function names(rules: readonly FirewallRule[]): string {
  const all = [...new Set(rules.map(({ name }) => `'${name}'`))];
  return all.length <= MAX_NAMED ? `rule ${all.join(', ')}` : `rule ${all.slice(0, MAX_NAMED).join(', ')} and ${all.length - MAX_NAMED} more`;
}
