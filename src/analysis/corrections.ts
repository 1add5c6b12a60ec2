/** What a document's vendor should be told: rows that a capture contradicts, claims that do not hold, rows that are missing. */
import { compatible, protocolTitle } from '../catalog/protocols.js';
import { roleAgreement, roleTitle } from '../catalog/roles.js';
import type { Catalog } from '../catalog/catalog.js';
import type { CatalogDocument, Row } from '../catalog/types.js';
import { rowsYaml } from '../catalog/draft-yaml.js';
import type { FrameReference } from '../flow/flow.js';
import { HostRoles } from './host-roles.js';
import { exampleText, learn, purposeOf, type LearnedRow } from './learn.js';
import { missingFrom } from './missing-rows.js';
import type { ReportModel } from './report-model.js';

export interface Correction {
  readonly kind: 'erratum' | 'other-protocol' | 'reversed' | 'claim' | 'missing-row';
  /** What it is about: a citation, a claim's id, or a port. */
  readonly subject: string;
  readonly says: string;
  readonly shows: string;
  /** As Wireshark numbers them, per file. */
  readonly frames: readonly FrameReference[];
  readonly proposed: string;
  /** A missing row as it would stand in the document's file. */
  readonly yaml?: string;
}

/** Analysed with this document alone, so that what others explain is missing here all the same. */
export function corrections(document: CatalogDocument, model: ReportModel, catalog: Catalog): readonly Correction[] {
  return [...confirmedErrata(document, model, catalog), ...judgedRows(document, model), ...contradictedClaims(document, model), ...missingRows(document, model)];
}

function confirmedErrata(document: CatalogDocument, model: ReportModel, catalog: Catalog): Correction[] {
  return model.findings.flatMap((finding): Correction[] => {
    const citation = finding.rows[0];
    if (finding.code !== 'document-erratum' || citation?.startsWith(`${document.id}/`) !== true) return [];
    const row = catalog.row(citation)?.row;
    const erratum = row?.errata.find(({ says }) => finding.title.endsWith(says)) ?? row?.errata[0];
    if (row === undefined || erratum === undefined) return [];
    return [{ kind: 'erratum', subject: citation, says: erratum.says, shows: `${finding.server ?? ''} is reached on ${finding.transport?.toUpperCase() ?? ''} ${finding.port ?? ''}. ${erratum.evidence}.`, frames: finding.frames, proposed: erratum.correct }];
  });
}

/** Rows that were witnessed, but with another protocol or the other way round, each with one conversation as proof. */
function judgedRows(document: CatalogDocument, model: ReportModel): Correction[] {
  const report = model.documents.find(({ id }) => id === document.id);
  const wanted = new Map((report?.rows ?? []).filter(({ status }) => status === 'witnessed-other-protocol' || status === 'witnessed-reversed').map((row) => [row.id, row.status]));
  if (wanted.size === 0) return [];
  const roles = new HostRoles(model.hosts);
  const rows = new Map(document.tables.flatMap((table) => table.rows.map((row) => [`${document.id}/${table.id}/${row.id}`, row] as readonly [string, Row])));
  const found = new Map<string, Correction>();
  for (const conversation of model.conversations) {
    const { client, server, transport, serverPort, application, frames } = conversation;
    for (const [citation, status] of wanted) {
      if (found.has(citation)) continue;
      const row = rows.get(citation)!;
      const entry = row.entries.find((one) => one.transport.includes(transport) && one.ports.some(([from, to]) => serverPort >= from && serverPort <= to));
      if (entry === undefined) continue;
      if (status === 'witnessed-other-protocol' && application !== null && application.confidence !== 'port' && compatible(entry.protocol, application.protocol) === 'conflicts') {
        found.set(citation, { kind: 'other-protocol', subject: citation, says: `${protocolTitle(entry.protocol)} on ${serverPort}`, shows: `${protocolTitle(application.protocol)}: ${exampleText(conversation, model)}`, frames, proposed: `${protocolTitle(application.protocol)} on ${transport.toUpperCase()} ${serverPort}` });
      }
      if (status === 'witnessed-reversed' && agree(roles.known(server), row.source) && agree(roles.known(client), row.target)) {
        found.set(citation, { kind: 'reversed', subject: citation, says: ends(row), shows: `the other way round: ${exampleText(conversation, model)}`, frames, proposed: `${names(row.target)} -> ${names(row.source)}` });
      }
    }
  }
  return [...wanted.keys()].flatMap((citation) => found.get(citation) ?? []);
}

function agree(held: readonly string[], wanted: readonly string[]): boolean {
  return roleAgreement(held, wanted, false) === 'agrees';
}

function contradictedClaims(document: CatalogDocument, model: ReportModel): Correction[] {
  return model.claims.filter((claim) => claim.document === document.id && claim.status === 'contradicted').map(({ id, claim, evidence }) => ({
    kind: 'claim', subject: `${document.id}, ${id}`, says: claim, shows: evidence,
    frames: model.findings.filter(({ code, title }) => code === 'document-contradiction' && title.endsWith(claim)).flatMap(({ frames }) => frames), proposed: 'Drop the sentence, or say where it does not hold.',
  }));
}

function missingRows(document: CatalogDocument, model: ReportModel): Correction[] {
  return missingFrom(document, learn(model), new HostRoles(model.hosts)).map(({ row, draft }): Correction => ({
    kind: 'missing-row', subject: `${row.transport.toUpperCase()} ${row.port}`, says: 'no row', shows: `${row.conversations} ${row.conversations === 1 ? 'conversation' : 'conversations'}: ${row.examples.map((example) => exampleText(example, model)).join('; ')}`,
    frames: row.examples.flatMap(({ frames }) => frames), proposed: proposedRow(row), yaml: rowsYaml([draft]),
  }));
}

function proposedRow(row: LearnedRow): string {
  return `Port ${row.transport.toUpperCase()} ${row.port}; protocol ${row.protocol === 'unspecified' ? 'not known' : protocolTitle(row.protocol)}; from ${names(row.source)}; to ${names(row.target)}; purpose: ${purposeOf(row)}`;
}

function ends({ source, target }: Row): string {
  return `${names(source)} -> ${names(target)}`;
}

function names(roles: readonly string[]): string {
  return roles.map(roleTitle).join(', ') || 'not stated';
}
