/** Mistakes of documents that a capture shows: traffic on the port that a row should have named, and none on the one that it names. */
import type { CatalogDocument, Erratum, Row } from '../catalog/types.js';
import { compatible } from '../catalog/protocols.js';
import type { Conversation } from '../evidence/evidence.js';
import type { CaseFile } from './case-file.js';
import { draftDefaults, type FindingDraft } from './finding-draft.js';
import type { DocumentRowReport, ErratumReport } from './report-model.js';

interface Watched {
  readonly citation: string;
  readonly document: string;
  readonly row: Row;
  readonly erratum: Erratum;
  /** Ports that only the correct wording has, and those that only the document's has. */
  readonly right: readonly number[];
  readonly wrong: readonly number[];
  seen: Conversation | null;
  seenWrong: Conversation | null;
}

export class ErratumWatch {
  private readonly flags = new Uint8Array(65_536);
  private readonly watched: Watched[] = [];

  constructor(documents: readonly CatalogDocument[]) {
    for (const document of documents) for (const table of document.tables) for (const row of table.rows) for (const erratum of row.errata) {
      const says = portsIn(erratum.says);
      const correct = portsIn(erratum.correct);
      const right = correct.filter((port) => !says.includes(port));
      const wrong = says.filter((port) => !correct.includes(port));
      this.watched.push({ citation: `${document.id}/${table.id}/${row.id}`, document: document.id, row, erratum, right, wrong, seen: null, seenWrong: null });
      for (const port of [...right, ...wrong]) this.flags[port] = 1;
    }
  }

  meet({ serverPort }: Conversation): boolean {
    return this.flags[serverPort] !== 0;
  }

  /** Of conversations that worked: the first of a kind tells all. */
  note(conversation: Conversation): boolean {
    for (const watched of this.watched) {
      if (watched.right.includes(conversation.serverPort) && speaks(watched.row, conversation)) watched.seen ??= conversation;
      else if (watched.wrong.includes(conversation.serverPort) && speaks(watched.row, conversation)) watched.seenWrong ??= conversation;
    }
    return false;
  }

  /** Of one document. `rows` decide about errata that name no port: a row of which the ends are exchanged is witnessed the other way round. */
  reports(document: string, rows: readonly DocumentRowReport[]): ErratumReport[] {
    return this.watched.filter((watched) => watched.document === document).map(({ citation, erratum, right, seen, seenWrong }): ErratumReport => {
      const row = rows.find(({ id }) => id === citation);
      const base = { row: citation, says: erratum.says, correct: erratum.correct };
      if (seen !== null) return { ...base, status: seenWrong === null ? 'confirmed' : 'both-seen', frames: seenWrong === null ? seen.frames : [...seen.frames.slice(0, 4), ...seenWrong.frames.slice(0, 4)] };
      if (seenWrong !== null) return { ...base, status: 'contradicted', frames: seenWrong.frames };
      if (right.length === 0 && row?.status === 'witnessed-reversed') return { ...base, status: 'confirmed', frames: row.frames };
      return { ...base, status: 'not-seen', frames: [] };
    });
  }

  findings(file: CaseFile): FindingDraft[] {
    return this.watched.flatMap(({ citation, erratum, wrong, seen, seenWrong }): FindingDraft[] => (seen === null ? [] : [{
      ...draftDefaults, cause: null, code: 'document-erratum', severity: 'info', confidence: seenWrong === null ? 'certain' : 'possible', client: seen.client, server: seen.server, transport: seen.transport, port: seen.serverPort, frames: seen.frames, rows: [citation],
      title: `${citation} errs: it says ${erratum.says}`, impact: 'works',
      explanation: `${file.labels.short(seen.server)} is reached on ${seen.transport.toUpperCase()} ${seen.serverPort} (${file.at(seen.frames[0])})${seenWrong !== null ? `, but ${file.labels.short(seenWrong.server)} also on ${seenWrong.serverPort} (#${seenWrong.frames[0]?.frame ?? 0})` : wrong.length > 0 ? `, nobody here on ${wrong.join(', ')}` : ''}. The document says ${erratum.says}; right is ${erratum.correct}. ${erratum.evidence}`,
    }]));
  }
}

/** Not when something else was recognised there. */
function speaks(row: Row, { application }: Conversation): boolean {
  if (application === null || application.confidence === 'port') return true;
  return row.entries.length === 0 || row.entries.some((entry) => compatible(entry.protocol, application.protocol) !== 'conflicts');
}

/** Numbers that can be ports; years and versions of pages do not stand in these texts. */
export function portsIn(text: string): number[] {
  return [...new Set((text.match(/\b\d{2,5}\b/g) ?? []).map(Number).filter((port) => port > 0 && port < 65_536))];
}
