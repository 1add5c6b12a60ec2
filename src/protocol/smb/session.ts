/**
 * What an SMB connection turned out to be, whatever the version of its messages: told to the context as it becomes known.
 * Which statuses are failures follows [MS-SMB2] 3.3.5 and what real servers answer in good health.
 */
import type { PacketPosition, ProtocolFailure } from '../../flow/inspection.js';
import { copyPosition } from '../byte-queue.js';
import type { HiddenTraffic } from '../events.js';
import { ntStatusName } from '../nt-status.js';
import type { NetworkInterfaces } from './network-interfaces.js';
import type { AnalysisContext } from '../recogniser.js';
import { tellSecurityToken } from '../security-token.js';
import { alone } from '../wire-text.js';

const MORE_PROCESSING_REQUIRED = 0xc0000016;
const PENDING = 0x00000103;
const NETWORK_NAME_DELETED = 0xc00000c9;
const ACCESS_DENIED = 0xc0000022;
const TREES_MAXIMUM = 16;
const NONE: readonly string[] = [];

type FailureKind = ProtocolFailure['kind'];

/** Session setup: what is not here is a failed authentication. */
const SESSION_KINDS: ReadonlyMap<number, FailureKind> = new Map([
  [ACCESS_DENIED, 'access-denied'],
  [0xc000000d, 'protocol'],
  [0xc000005e, 'unavailable'],
  [0xc000009a, 'unavailable'],
  [0xc00000d0, 'unavailable'],
  [0xc0000192, 'unavailable'],
  [0xc0000203, 'protocol'],
]);

/** Tree connect: what is not here was refused. */
const TREE_KINDS: ReadonlyMap<number, FailureKind> = new Map([
  [ACCESS_DENIED, 'access-denied'],
  [0xc00000ca, 'access-denied'],
  [0xc00000cc, 'not-found'],
  [0xc00000be, 'not-found'],
  [0xc0000034, 'not-found'],
  [0xc0000225, 'not-found'],
  [0xc0000203, 'protocol'],
]);

export class SmbSession {
  private readonly context: AnalysisContext;
  private trees: readonly string[] = NONE;
  private pipes: readonly string[] = NONE;
  private user = '';
  private isEncrypted = false;

  constructor(context: AnalysisContext) {
    this.context = context;
  }

  dialect(name: string): void {
    this.context.fact('dialect', name);
  }

  signing(required: boolean): void {
    this.context.fact('signing', required ? 'required' : 'enabled');
  }

  encrypted(at: PacketPosition): void {
    if (this.isEncrypted) return;
    this.isEncrypted = true;
    this.context.fact('encrypted', true);
    this.hidden('smb-encrypted', '', at);
  }

  /** What the server offers for further connections ([MS-SMB2] 2.2.32.5). All of it are addresses of its own. */
  networkInterfaces({ list, addresses, texts }: NetworkInterfaces, at: PacketPosition): void {
    if (list.length === 0) return;
    this.context.events.hostStatement({ address: this.context.server.address, from: 'smb-interfaces', addresses, name: '', at: copyPosition(at) });
    this.context.fact('networkInterfaces', texts);
    const able = list.filter(({ rdma }) => rdma).map(({ address }) => address);
    if (able.length > 0) this.hidden('rdma', able.join(', '), at);
  }

  private hidden(kind: HiddenTraffic['kind'], detail: string, at: PacketPosition): void {
    const { transport, client, server, events } = this.context;
    events.hiddenTraffic?.({ transport, client, server, kind, detail, at: copyPosition(at) });
  }

  /** Name of the server as the client was given it. */
  serverName(name: string): void {
    if (name !== '') this.context.fact('serverName', name);
  }

  guest(): void {
    this.context.fact('account', 'guest');
  }

  anonymous(): void {
    this.context.fact('account', 'anonymous');
  }

  userName(name: string): void {
    this.user = name;
    this.context.fact('user', name === '' ? 'anonymous' : name);
  }

  token(bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    const message = tellSecurityToken(this.context, bytes, start, limit, at);
    if (message !== undefined && message.user !== '') this.user = message.user;
  }

  treeConnected(path: string): void {
    if (path === '' || this.trees.includes(path) || this.trees.length >= TREES_MAXIMUM) return;
    this.trees = this.trees === NONE ? alone(path) : [...this.trees, path];
    this.context.fact('tree', this.trees);
  }

  pipeOpened(name: string): void {
    if (name === '' || this.pipes.includes(name) || this.pipes.length >= TREES_MAXIMUM) return;
    this.pipes = this.pipes === NONE ? alone(name) : [...this.pipes, name];
    this.context.fact('pipe', this.pipes);
  }

  negotiateAnswered(status: number, at: PacketPosition): void {
    if (status !== 0) this.fail('protocol', ntStatusName(status), '', at);
  }

  sessionAnswered(status: number, at: PacketPosition): void {
    if (status === 0 || status === MORE_PROCESSING_REQUIRED || status === PENDING) return;
    this.fail(SESSION_KINDS.get(status) ?? 'authentication', ntStatusName(status), this.user, at);
  }

  /** The session that a denied tree connect belonged to may be answered NETWORK_NAME_DELETED afterwards: that is no second failure. */
  treeAnswered(status: number, path: string, at: PacketPosition): void {
    if (status === 0) this.treeConnected(path);
    else if (status !== PENDING && status !== NETWORK_NAME_DELETED && status !== MORE_PROCESSING_REQUIRED) {
      this.fail(TREE_KINDS.get(status) ?? 'refused', ntStatusName(status), path, at);
    }
  }

  fail(kind: FailureKind, code: string, target: string, at: PacketPosition): void {
    this.context.failure({ protocol: 'smb', kind, code, target }, at);
  }
}
