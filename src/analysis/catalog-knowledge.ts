/** The catalog as diagnosis asks for it. */
import type { Catalog } from '../catalog/catalog.js';
import { ownerOfPort, protocolTitle } from '../catalog/protocols.js';
import { InterfaceNames } from '../catalog/rpc-interfaces.js';
import { rulesForInterface, rulesForPort } from '../catalog/shipped-rules.js';
import type { RpcInterface } from '../catalog/types.js';
import type { Knowledge } from './knowledge.js';

/** `own`: interfaces that the user named. */
export function catalogKnowledge(catalog: Catalog, own: readonly RpcInterface[] = []): Knowledge {
  const names = new InterfaceNames(own);
  return {
    interfaceName: ({ uuid, version }) => ({ uuid, version, name: names.find(uuid, version)?.name ?? null }),
    interfaceTitle: ({ uuid, version }) => shortTitle(names.find(uuid, version)?.description),
    pipesOf: ({ uuid, version }) => names.find(uuid, version)?.pipes ?? [],
    rulesForInterface: ({ uuid }) => rulesForInterface(uuid),
    rulesForPort,
    serviceName: (transport, port) => {
      const owner = ownerOfPort(transport, port);
      if (owner !== undefined) return owner.title;
      // Where several services share a port, its name is that of the protocol they share: HTTP, not what one product does with it.
      const rows = catalog.candidateRows(transport, port).filter((candidate) => candidate.width === 1 && candidate.document.kind === 'reference');
      const web = rows.find((candidate) => candidate.entry.protocol === 'http' || candidate.entry.protocol === 'https');
      if (rows.length > 1 && web !== undefined) return protocolTitle(web.entry.protocol);
      if (rows[0] !== undefined && rows[0].row.name !== null) return rows[0].row.name;
      for (const candidate of catalog.candidateRows(transport, port)) {
        if (candidate.width === 1 && candidate.entry.protocol !== 'unspecified') return protocolTitle(candidate.entry.protocol);
      }
      return null;
    },
  };
}

/** Descriptions are sentences now and then: a title is what stands before the first comma, bracket or semicolon. */
function shortTitle(description: string | undefined): string | null {
  if (description === undefined) return null;
  const title = description.split(/[;,(]/)[0]!.trim();
  return title === '' || title.length > 48 ? null : title;
}
