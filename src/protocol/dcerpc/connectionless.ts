/**
 * Connectionless RPC (C706 12.5): there is no bind; interface and operation stand in every datagram. Stubs are read on the endpoint
 * mapper only. Fragments of a stub are joined when they come in order.
 */
import type { PacketPosition } from '../../flow/inspection.js';
import type { InterfaceId } from '../events.js';
import type { AnalysisContext, ProtocolAnalyzer, Role } from '../recogniser.js';
import { DATAGRAM_HEADER_LENGTH, DatagramType, readDatagramHeader } from './connectionless-header.js';
import type { DatagramHeader } from './connectionless-header.js';
import { readUint32 } from './data-representation.js';
import type { Stub } from './endpoint-mapper.js';
import { MapperDialogue } from './mapper-dialogue.js';
import { Refusals } from './refusals.js';
import { refusalOfFault, FaultMoment } from './status.js';
import { StubAssembler } from './stub-assembler.js';
import { Interest, interestOf, interfaceText } from './well-known.js';

/** Datagrams of a flow without an endpoint mapper that are looked at. */
const DATAGRAMS_MAXIMUM = 256;
const FACTS_MAXIMUM = 16;
/** Bodies of fault and reject begin with a status. */
const STATUS_LENGTH = 4;
/** The connectionless protocol knows no other transfer syntax than NDR. */
const NDR_ONLY: readonly boolean[] = [false];

export class ConnectionlessAnalyzer implements ProtocolAnalyzer {
  private readonly context: AnalysisContext;
  private readonly mapper: MapperDialogue;
  private readonly refusals: Refusals;
  private readonly requests = new StubAssembler();
  private readonly responses = new StubAssembler();
  private readonly interfaces: string[] = [];
  private readonly operations: string[] = [];
  private nextFragment = 0;
  private isMapper = false;
  private datagrams = 0;
  private finished = false;

  constructor(context: AnalysisContext) {
    this.context = context;
    this.mapper = new MapperDialogue(context);
    this.refusals = new Refusals(context, null);
  }

  data(_role: Role, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): boolean {
    if (this.finished) return false;
    const header = readDatagramHeader(bytes, start, limit);
    if (header !== undefined) this.datagram(header, bytes, start + DATAGRAM_HEADER_LENGTH, limit, at);
    if (this.isMapper || ++this.datagrams < DATAGRAMS_MAXIMUM) return true;
    this.end();
    return false;
  }

  end(): void {
    if (this.finished) return;
    this.finished = true;
    this.mapper.end();
  }

  private datagram(header: DatagramHeader, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    const body = Math.min(limit, start + header.bodyLength);
    switch (header.type) {
      case DatagramType.request:
        this.note(header);
        if (this.isMapper) this.request(header, bytes, start, body, at);
        return;
      case DatagramType.response:
        this.note(header);
        if (this.isMapper) this.response(header, bytes, start, body, at);
        return;
      case DatagramType.fault:
      case DatagramType.reject: {
        if (body - start < STATUS_LENGTH) return;
        const status = readUint32(bytes, start, header.littleEndian);
        const id: InterfaceId = header.interface;
        this.refusals.tell('fault', status, refusalOfFault(status, FaultMoment.call), id, header.opnum, at);
        this.mapper.settle(header.sequence);
      }
    }
  }

  private note({ interface: id, opnum }: DatagramHeader): void {
    this.collect('interfaces', this.interfaces, interfaceText(id));
    this.collect('operations', this.operations, `${id.uuid}:${opnum}`);
    if (interestOf(id.uuid) !== Interest.mapper) return;
    this.isMapper = true;
    this.context.protocol('epmap');
  }

  private request(header: DatagramHeader, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    const stub = this.stub(header, this.requests, bytes, start, limit);
    if (stub !== undefined) this.mapper.ask(header.sequence, header.opnum, stub, NDR_ONLY, at);
  }

  private response(header: DatagramHeader, bytes: Uint8Array, start: number, limit: number, at: PacketPosition): void {
    const stub = this.stub(header, this.responses, bytes, start, limit);
    if (stub !== undefined && !this.mapper.answer(header.sequence, header.opnum, stub, NDR_ONLY, at)) this.mapper.settle(header.sequence);
  }

  private stub(header: DatagramHeader, assembler: StubAssembler, bytes: Uint8Array, start: number, limit: number): Stub | undefined {
    const isFirst = !header.isFragment || header.fragmentNumber === 0;
    if (!isFirst && header.fragmentNumber !== this.nextFragment) return undefined;
    this.nextFragment = header.fragmentNumber + 1;
    if (!assembler.add(header.sequence, isFirst, !header.isFragment || header.isLast, bytes, start, limit)) return undefined;
    return { bytes: assembler.bytes, start: assembler.start, limit: assembler.limit, littleEndian: header.littleEndian };
  }

  private collect(name: string, values: string[], value: string): void {
    if (values.length >= FACTS_MAXIMUM || values.includes(value)) return;
    values.push(value);
    this.context.fact(name, values);
  }
}
