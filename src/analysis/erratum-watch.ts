/** Mistakes of documents that a capture shows: traffic on the port that a row should have named. */
import type { CatalogDocument, Erratum } from '../catalog/types.js';
import type { Conversation } from '../evidence/evidence.js';
import type { CaseFile } from './case-file.js';
import { draftDefaults, type FindingDraft } from './finding-draft.js';

interface Watched {
  readonly citation: string;
  readonly erratum: Erratum;
  readonly port: number;
  seen: Conversation | null;
}

export class ErratumWatch {
  private readonly flags = new Uint8Array(65_536);
  private readonly watched: Watched[] = [];

  constructor(documents: readonly CatalogDocument[]) {
    for (const document of documents) for (const table of document.tables) for (const row of table.rows) for (const erratum of row.errata) {
      const wrong = new Set(portsIn(erratum.says));
      for (const port of portsIn(erratum.correct)) {
        if (wrong.has(port)) continue;
        this.watched.push({ citation: `${document.id}/${table.id}/${row.id}`, erratum, port, seen: null });
        this.flags[port] = 1;
      }
    }
  }

  /** Called for every conversation that worked. */
  note(conversation: Conversation): void {
    if (this.flags[conversation.serverPort] === 0) return;
    for (const watched of this.watched) if (watched.port === conversation.serverPort) watched.seen ??= conversation;
  }

  findings(file: CaseFile): FindingDraft[] {
    return this.watched.flatMap(({ citation, erratum, seen }): FindingDraft[] => (seen === null ? [] : [{
      ...draftDefaults, cause: null, code: 'document-erratum', severity: 'info', confidence: 'certain', client: seen.client, server: seen.server, transport: seen.transport, port: seen.serverPort, frames: seen.frames, rows: [citation],
      title: `${citation} errs: it says ${erratum.says}`, impact: 'works',
      explanation: `${file.labels.short(seen.server)} is reached on ${seen.transport.toUpperCase()} ${seen.serverPort} (#${seen.frames[0]?.frame ?? 0}). The document says ${erratum.says}; right is ${erratum.correct}. ${erratum.evidence}`,
    }]));
  }
}

/** Numbers that can be ports; years and versions of pages do not stand in these texts. */
function portsIn(text: string): number[] {
  return (text.match(/\b\d{2,5}\b/g) ?? []).map(Number).filter((port) => port > 0 && port < 65_536);
}
