import type { PacketPosition } from '../flow/inspection.js';

/** The conversation in which something was said: address ids and ports. */
export interface EventSource {
  readonly client: { readonly address: number; readonly port: number };
  readonly server: { readonly address: number; readonly port: number };
  readonly transport: 'tcp' | 'udp';
}

export interface InterfaceId {
  /** Lower case, with hyphens. */
  readonly uuid: string;
  /** `major.minor`. */
  readonly version: string;
}

/** One context of a bind or alter_context with the server's answer to it (C706 12.6.4). */
export interface RpcBind extends EventSource {
  readonly interface: InterfaceId;
  /** 0 acceptance, 1 user rejection, 2 provider rejection, 3 negotiate_ack; -1: no answer was seen. */
  readonly result: number;
  /** Provider rejection reason; 0 otherwise. */
  readonly reason: number;
  /** Pipe on which it happened, for ncacn_np; null: the TCP port of `server` itself. */
  readonly pipe: string | null;
  /** Of the bind; `answered` of its answer (null: none). */
  readonly at: Readonly<PacketPosition>;
  readonly answered: Readonly<PacketPosition> | null;
}

/** One tower of an endpoint mapper's answer, or one string binding of a DCOM answer. */
export interface RpcMapping extends EventSource {
  readonly source: 'ept_map' | 'ept_lookup' | 'oxid';
  /** null for a string binding: it names a port, not an interface. */
  readonly interface: InterfaceId | null;
  /** `ncacn_ip_tcp`, `ncadg_ip_udp`, `ncacn_np`, `ncacn_http`. */
  readonly protocol: string;
  /** TCP or UDP port; 0 for a pipe. */
  readonly port: number;
  /** Address or host name as the tower or binding has it ('' or 0.0.0.0 are common); the server is the peer that answered. */
  readonly announced: string;
  /** ept_lookup's annotation, or ''. */
  readonly annotation: string;
  readonly at: Readonly<PacketPosition>;
  /** Of the question, where it was captured. */
  readonly asked: Readonly<PacketPosition> | null;
}

/** The endpoint mapper answered that it knows no endpoint (ept_s_not_registered, or another status). */
export interface RpcNotRegistered extends EventSource {
  /** null when the question was not captured. */
  readonly interface: InterfaceId | null;
  readonly status: number;
  readonly at: Readonly<PacketPosition>;
  readonly asked: Readonly<PacketPosition> | null;
}

/** A question to the endpoint mapper that was never answered. */
export interface RpcQuestion extends EventSource {
  readonly interface: InterfaceId;
  readonly at: Readonly<PacketPosition>;
}

/** bind_nak, or a fault PDU. */
export interface RpcRefusal extends EventSource {
  readonly kind: 'bind_nak' | 'fault';
  /** Reject reason of a bind_nak, status of a fault. */
  readonly status: number;
  readonly interface: InterfaceId | null;
  readonly operation: number | null;
  readonly pipe: string | null;
  readonly at: Readonly<PacketPosition>;
}

/** A name of a host, and where it was heard. */
export interface HostName {
  /** Address id; or its canonical text where an answer names an address of which no packet need have come yet. */
  readonly address: number | string;
  readonly name: string;
  readonly from: 'dns' | 'ntlm' | 'kerberos' | 'netbios' | 'certificate' | 'pcapng' | 'smb' | 'dcom';
  readonly at: Readonly<PacketPosition>;
}

/** What a machine says of itself: further addresses that are its own, or the name by which it answers logons. */
export interface HostStatement {
  /** Id of the address that said it. */
  readonly address: number;
  readonly from: 'dcom' | 'ntlm' | 'smb-interfaces';
  /** Canonical texts; empty for `ntlm`. */
  readonly addresses: readonly string[];
  /** '' unless `ntlm`: the computer name in the server's challenge. */
  readonly name: string;
  readonly at: Readonly<PacketPosition>;
}

/** A question to a name server and its end: the cause of connections that are never tried. */
export interface NameLookup extends EventSource {
  readonly name: string;
  /** DNS type as text: `A`, `AAAA`, `SRV`. */
  readonly type: string;
  /** DNS rcode; -1: never answered. */
  readonly result: number;
  /** Canonical texts of A and AAAA answers. */
  readonly addresses: readonly string[];
  readonly at: Readonly<PacketPosition>;
}

/** A Kerberos ticket that was asked for and what came of it, or one that was shown to a service: it proves that the step before went well. */
export interface TicketUse extends EventSource {
  /** Of the ticket, as on the wire: `cifs/host.domain`. */
  readonly service: string;
  /** Who asks; '' where the request does not say. */
  readonly user: string;
  /**
   * `logon`: AS; `ticket`: TGS; `for-user`: S4U2Self, `on-behalf`: S4U2Proxy ([MS-SFU] 3.1.5.1), the two halves of delegation;
   * `presented`: inside a connection to the service.
   */
  readonly kind: 'logon' | 'ticket' | 'for-user' | 'on-behalf' | 'presented';
  /** `granted`, the name of the error, or `unanswered`. */
  readonly result: string;
  readonly at: Readonly<PacketPosition>;
}

/** Something that goes on where no capture of packets shows it. */
export interface HiddenTraffic extends EventSource {
  /** `rdma`: both may go on by SMB Direct; the others: what is said is encrypted from here on. */
  readonly kind: 'rdma' | 'smb-encrypted' | 'dcom-private' | 'mapper-private';
  /** Addresses offered for RDMA; '' for the others. */
  readonly detail: string;
  readonly at: Readonly<PacketPosition>;
}

/** A message whose lengths, counts or structure contradict each other; it was read as far as it can be believed. */
export interface MalformedMessage extends EventSource {
  readonly protocol: string;
  /** What is wrong with it, in words of ours: nothing from the wire. */
  readonly what: string;
  readonly at: Readonly<PacketPosition>;
}

/** What recognisers tell beyond the facts of one flow; implemented by the stages behind. */
export interface ProtocolEvents {
  rpcBind(event: RpcBind): void;
  rpcMapping(event: RpcMapping): void;
  rpcNotRegistered(event: RpcNotRegistered): void;
  rpcQuestion(event: RpcQuestion): void;
  rpcRefusal(event: RpcRefusal): void;
  hostName(event: HostName): void;
  hostStatement(event: HostStatement): void;
  nameLookup(event: NameLookup): void;
  /** The first two are for the checklist of an operation; whoever does not ask need not listen. */
  ticketUse?(event: TicketUse): void;
  hiddenTraffic?(event: HiddenTraffic): void;
  malformedMessage?(event: MalformedMessage): void;
  /** Canonical text of an address id. */
  addressText(address: number): string;
  /** Id for canonical text (from a DNS answer, for example); undefined when it is no address. */
  addressId(text: string): number | undefined;
}
