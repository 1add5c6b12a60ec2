/**
 * What a catalog is made of: published port tables as data. The JSON of `catalog show` has exactly this shape, so a
 * field here is a promise (docs/catalog.md); the loader fills every field, `null` or `[]` where a document is silent.
 */

/** `tcp+udp`: one entry whose document names both. */
export type EntryTransport = 'tcp' | 'udp' | 'tcp+udp';

/** The transport of a conversation, as a row is looked up with. */
export type Transport = 'tcp' | 'udp';

/** Both ends inclusive; a single port is `[n, n]`. */
export type PortRange = readonly [from: number, to: number];

/** One port (or range) with the one protocol that the document gives it. */
export interface Entry {
  readonly transport: EntryTransport;
  /** False: the document names no transport, and `transport` is the usual one of the protocol. */
  readonly transportStated: boolean;
  readonly ports: readonly PortRange[];
  /** A name of the protocol vocabulary (protocols.ts); `unspecified` where the document does not tell. */
  readonly protocol: string;
}

/** A mistake of the document, kept beside what it says. `correct` and `evidence` are ours. */
export interface Erratum {
  readonly says: string;
  readonly correct: string;
  readonly evidence: string;
}

/** Where the rule stands, seen from the machines in `ruleOn`; `null`: the document does not say. */
export type Direction = 'inbound' | 'outbound' | null;

export interface Row {
  /** Unique within its table; cited as `document/table/row`. */
  readonly id: string;
  /** What the traffic is called in a report, e.g. `Failover cluster heartbeat`; every reference row has one. */
  readonly name: string | null;
  /** Empty for a row without a port (a local call, or ports that the row leaves to a provider). */
  readonly entries: readonly Entry[];
  /** Roles that open the connection; any of them will do. Empty: not stated. */
  readonly source: readonly string[];
  /** Roles that listen; any of them will do. Empty: not stated. */
  readonly target: readonly string[];
  readonly direction: Direction;
  /** Roles on whose machines the document wants the rule; empty where it does not say. */
  readonly ruleOn: readonly string[];
  readonly purpose: string;
  readonly condition: string | null;
  /** Where the port can be changed; `no` where the document says that it cannot, `null` where it is silent. */
  readonly configurable: string | null;
  /** Broadcast or multicast chatter that no rule of the analysed hosts concerns (verdict `ambient`). */
  readonly ambient: boolean;
  /** Which page a reference row comes from; `null` in documents, whose page is the document itself. */
  readonly sourceNote: string | null;
  readonly errata: readonly Erratum[];
}

export interface Table {
  readonly id: string;
  readonly title: string;
  readonly rows: readonly Row[];
}

/**
 * How a claim is put to a capture. Ports are inclusive ranges; roles are of the vocabulary.
 * - `dynamic-ports-within`: every port of `range` that a server used lies within the first `first` of it.
 * - `port-unused`: nobody connects to `ports`.
 * - `encrypted`: payload of `protocol` is never readable.
 * - `undocumented-traffic`: between these roles there is traffic that the document has no row for.
 * - `authentication`: logons that `source` makes use `mechanism`.
 * - `rows-mirrored`: each of `rows` (table/row) that is witnessed is also seen on `transport` and `ports`.
 * - `server-ports`: what `protocol` names is served on `ports`.
 * - `client-ports`: clients choose their own port from `range`.
 * - `range-used`: connections from `source` to `target` into `range` occur.
 * - `connection`: `source` connects to `target` on `ports`.
 * - `same-address`: the address that plays one role also plays the other.
 * - `range`: a definition of a port range; nothing in a capture can contradict it.
 */
export type ClaimTest =
  | { readonly kind: 'dynamic-ports-within'; readonly range: PortRange; readonly first: number }
  | { readonly kind: 'port-unused'; readonly transport: Transport; readonly ports: readonly PortRange[] }
  | { readonly kind: 'encrypted'; readonly protocol: string }
  | { readonly kind: 'undocumented-traffic'; readonly source: readonly string[]; readonly target: readonly string[] }
  | { readonly kind: 'authentication'; readonly mechanism: 'ntlm' | 'kerberos'; readonly source: readonly string[] }
  | { readonly kind: 'rows-mirrored'; readonly rows: readonly string[]; readonly transport: Transport; readonly ports: readonly PortRange[] }
  | { readonly kind: 'server-ports'; readonly protocol: string; readonly transport: Transport; readonly ports: readonly PortRange[] }
  | { readonly kind: 'client-ports'; readonly range: PortRange }
  | { readonly kind: 'range-used'; readonly source: readonly string[]; readonly target: readonly string[]; readonly transport: Transport; readonly range: PortRange }
  | { readonly kind: 'connection'; readonly source: readonly string[]; readonly target: readonly string[]; readonly transport: Transport; readonly ports: readonly PortRange[] }
  | { readonly kind: 'same-address'; readonly roles: readonly [string, string] }
  | { readonly kind: 'range'; readonly name: string; readonly range: PortRange };

/** Prose of a document that a capture can confirm or contradict, in our words. */
export interface Claim {
  readonly id: string;
  readonly claim: string;
  readonly test: ClaimTest;
}

export interface CatalogDocument {
  readonly id: string;
  /** A `reference` is not under validation: it names what documents miss. */
  readonly kind: 'document' | 'reference';
  readonly title: string;
  readonly publisher: string;
  readonly products: readonly string[];
  /** Judged only when named on the command line. */
  readonly superseded: boolean;
  readonly url: string | null;
  /** In the order in which the page prints them, as are the rows. */
  readonly tables: readonly Table[];
  readonly claims: readonly Claim[];
}

/** One interface that an endpoint mapper may name. */
export interface RpcInterface {
  /** Lower case, with hyphens. */
  readonly uuid: string;
  /** `major.minor`. */
  readonly version: string;
  /** The short name of its specification, e.g. `svcctl`. */
  readonly name: string;
  /** The Windows service or program that offers it. */
  readonly service: string;
  readonly description: string;
  /** Named pipes it is also reached by, without `\pipe\`. */
  readonly pipes: readonly string[];
  /** Where it listens when that is not a plain dynamic port, in words; `null` where nothing is known. */
  readonly endpoint: string | null;
  readonly source: string;
}

/** A firewall rule that Windows ships, by the name that is the same in every language. */
export interface ShippedRule {
  readonly name: string;
  /** English display group: for people only, it is translated on other systems. */
  readonly group: string;
  readonly direction: 'inbound' | 'outbound';
  readonly protocol: 'tcp' | 'udp' | 'icmpv4' | 'icmpv6' | 'gre';
  /** The port as PowerShell prints it: a number, `RPC`, `RPCEPMap`, `Any`; of the remote side for outbound rules. */
  readonly port: string;
  /** The Windows service it is bound to; `null` when it is bound to a program or to nothing. */
  readonly service: string | null;
  /** `high`: two independent sources agree; `medium`: one. */
  readonly confidence: 'high' | 'medium';
}

/** Which shipped rules let a service through. All lists hold rule names; empty: none needed or none known. */
export interface ShippedRuleSet {
  /** The rule for the service itself, on the side that listens. */
  readonly service: readonly string[];
  /** Any one of these opens the endpoint mapper (TCP 135) that the service also needs. */
  readonly endpointMapper: readonly string[];
  /** The way in by named pipe (TCP 445), where the service has one. */
  readonly pipe: readonly string[];
  /** Needed on the caller's machine, for services that call back. */
  readonly caller: readonly string[];
  readonly note: string | null;
}

/** What was seen in a capture and the shipped rules for it. */
export interface RuleMapping {
  readonly title: string;
  readonly uuids: readonly string[];
  /** `tcp/3343`. */
  readonly ports: readonly string[];
  readonly rules: ShippedRuleSet;
}

/** How the RPC port of a service is pinned. `{port}` and `{server}` in commands are to be filled in. */
export interface StaticPortRecipe {
  readonly id: string;
  readonly title: string;
  /** Interfaces that are on the pinned port. */
  readonly uuids: readonly string[];
  /** One of these must have been seen on the server, or `role` be played by it; all of `uuids` where every one proves it. */
  readonly provedBy: readonly string[];
  readonly role: string | null;
  readonly commands: readonly string[];
  /** True: each command does it alone. */
  readonly anyOf: boolean;
  /** What has to be restarted before the setting counts. */
  readonly restart: string;
  /** The service is registered on a dynamic port as well. */
  readonly keepsDynamic: boolean;
  readonly example: number;
  /** The example is the only port there is. */
  readonly fixed: boolean;
  readonly note: string;
  readonly source: string;
}
