import type { AddressTable } from '../decode/address-table.js';
import type { RpcKnowledge } from '../rpc/rpc-knowledge.js';
import type { RpcEvidence } from './evidence.js';
import { frameOf, timeOf } from './positions.js';

/** Address ids become text, positions become frames and times: nothing else is changed, and the order of time is kept. */
export function rpcEvidence(knowledge: RpcKnowledge, addresses: AddressTable): RpcEvidence {
  const where = ({ client, server, transport }: { client: { address: number }; server: { address: number; port: number }; transport: 'tcp' | 'udp' }) => ({
    client: addresses.text(client.address), server: addresses.text(server.address), port: server.port, transport,
  });
  return {
    mappings: knowledge.mappings.map(({ event: e }) => ({
      source: e.source, client: addresses.text(e.client.address), server: addresses.text(e.server.address), interface: e.interface, protocol: e.protocol, port: e.port,
      announced: e.announced, annotation: e.annotation, frame: frameOf(e.at), time: timeOf(e.at), asked: e.asked === null ? null : frameOf(e.asked),
    })),
    // Field by field: there are thousands of binds.
    binds: knowledge.binds.map(({ event: { client, server, transport, interface: id, result, reason, pipe, at } }) => ({
      client: addresses.text(client.address), server: addresses.text(server.address), port: server.port, transport,
      interface: id, result, reason, pipe, frame: frameOf(at), time: timeOf(at),
    })),
    notRegistered: knowledge.notRegistered.map(({ event: e }) => ({
      ...where(e), interface: e.interface, status: e.status, frame: frameOf(e.at), time: timeOf(e.at), asked: e.asked === null ? null : frameOf(e.asked),
    })),
    questions: knowledge.questions.map(({ event: e }) => ({
      client: addresses.text(e.client.address), server: addresses.text(e.server.address), interface: e.interface, frame: frameOf(e.at), time: timeOf(e.at),
    })),
    refusals: knowledge.refusals.map(({ event: e }) => {
      const { client, server, port } = where(e);
      return { kind: e.kind, client, server, port, status: e.status, interface: e.interface, operation: e.operation, pipe: e.pipe, frame: frameOf(e.at), time: timeOf(e.at) };
    }),
  };
}
