/** Dynamic ports as the report lists them: what rpc/ knows of each, with who connected and how that ended. */
import type { Conversation, Evidence } from '../evidence/evidence.js';
import type { Outcome } from '../flow/flow.js';
import { DYNAMIC_RANGE, dynamicPorts, type DynamicPort } from '../rpc/dynamic-port-table.js';
import type { Knowledge } from './knowledge.js';
import { compareText } from './moments.js';
import type { DynamicPortReport } from './report-model.js';

const FIRST_REGISTERED = 1024;
/** Rows for ports that nothing explains; a scan would make 16,384 of them for each host. */
const MAX_UNEXPLAINED = 4096;
const MAX_CLIENTS = 64;

interface Usage {
  readonly port: DynamicPort;
  readonly clients: Set<string>;
  flows: number;
  readonly outcomes: Partial<Record<Outcome, number>>;
}

export class DynamicPorts {
  private readonly byServer = new Map<string, Map<number, Usage>>();
  private readonly knowledge: Knowledge;
  private unexplained = 0;

  constructor(evidence: Evidence, knowledge: Knowledge) {
    this.knowledge = knowledge;
    for (const port of dynamicPorts(evidence.rpc)) this.add(port);
  }

  /** True: an announcement or an accepted bind explains the port. */
  has(server: string, port: number): boolean {
    const usage = this.byServer.get(server)?.get(port) ?? this.byServer.get(server)?.get(-port);
    return usage !== undefined && usage.port.knownFrom[0]?.source !== 'port-only';
  }

  meet(first: Conversation): boolean {
    return first.serverPort >= FIRST_REGISTERED && (mayBeDynamic(first) || this.usageOf(first) !== undefined);
  }

  note(conversation: Conversation): boolean {
    const usage = this.usageOf(conversation) ?? this.addUnexplained(conversation);
    // Another kind may still make it a row.
    if (usage === undefined) return true;
    if (usage.clients.size < MAX_CLIENTS) usage.clients.add(conversation.client);
    usage.flows += conversation.flows;
    const { outcomes } = conversation;
    for (const key in outcomes) {
      const outcome = key as Outcome;
      usage.outcomes[outcome] = (usage.outcomes[outcome] ?? 0) + outcomes[outcome]!;
    }
    return true;
  }

  /** By server, then port. */
  rows(): DynamicPortReport[] {
    return [...this.byServer.values()].flatMap((ports) => [...ports.values()])
      .sort((a, b) => compareText(a.port.server, b.port.server) || a.port.port - b.port.port || compareText(a.port.transport, b.port.transport))
      .map(({ port, clients, flows, outcomes }): DynamicPortReport => ({
        server: port.server, port: port.port, transport: port.transport, interfaces: port.interfaces.map((id) => this.knowledge.interfaceName(id)), announced: port.announced, knownFrom: port.knownFrom,
        clients: [...clients].sort(compareText), flows, outcomes,
      }));
  }

  private usageOf({ serverPort, server, transport }: Conversation): Usage | undefined {
    return this.byServer.get(server)?.get(transport === 'tcp' ? serverPort : -serverPort);
  }

  private addUnexplained(conversation: Conversation): Usage | undefined {
    const { serverPort, server, transport, orientation, application } = conversation;
    if (!mayBeDynamic(conversation) || this.unexplained >= MAX_UNEXPLAINED) return undefined;
    // Which side of a connection caught in the middle serves is a guess, and no ground for a row.
    if (orientation === 'symmetric' || orientation === 'first-packet') return undefined;
    if (application !== null && application.confidence === 'payload' && application.protocol !== 'dce-rpc' && application.protocol !== 'tls') return undefined;
    this.unexplained++;
    return this.add({ server, port: serverPort, transport, interfaces: [], announced: null, knownFrom: [{ source: 'port-only', frame: conversation.frames[0] ?? { capture: 0, frame: 0 } }] });
  }

  private add(port: DynamicPort): Usage {
    const usage: Usage = { port, clients: new Set(), flows: 0, outcomes: {} };
    const ports = this.byServer.get(port.server) ?? new Map<number, Usage>();
    ports.set(port.transport === 'tcp' ? port.port : -port.port, usage);
    this.byServer.set(port.server, ports);
    return usage;
  }
}

/** By the port alone. */
function mayBeDynamic({ serverPort, transport }: Conversation): boolean {
  return serverPort >= DYNAMIC_RANGE.first && transport === 'tcp';
}
