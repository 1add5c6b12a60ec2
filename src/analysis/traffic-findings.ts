/** What conversations that worked give reason to say: undocumented, in the wrong role, another protocol, in clear text, or where a document errs. */
import type { Conversation } from '../evidence/evidence.js';
import { protocolTitle } from '../catalog/protocols.js';
import type { CaseFile } from './case-file.js';
import { draftDefaults, type FindingDraft } from './finding-draft.js';
import type { Classification } from './report-model.js';

export interface Classified {
  readonly conversation: Conversation;
  readonly classification: Classification;
}

export function undocumentedFinding({ conversation, classification }: Classified, file: CaseFile): FindingDraft {
  const { client, server, transport, serverPort: port } = conversation;
  const what = classification.referenceName ?? conversation.application?.protocol ?? null;
  const name = what === null ? `${transport.toUpperCase()} ${port}` : `${what} (${transport.toUpperCase()} ${port})`;
  const known = classification.reference === null ? 'No reference names it either.' : `A reference names it: ${classification.reference}.`;
  return {
    ...base(conversation), code: 'undocumented-traffic', severity: 'info', confidence: 'certain', rows: classification.reference === null ? [] : [classification.reference],
    title: `${name} between ${file.labels.short(client)} and ${file.labels.short(server)} is in no document`,
    explanation: `${conversation.flows} ${conversation.flows === 1 ? 'flow' : 'flows'}, ${conversation.packets.client + conversation.packets.server} packets. None of the documents judged here has a row for it. ${known}`,
  };
}

export function mismatchFinding({ conversation, classification }: Classified, file: CaseFile): FindingDraft {
  const { transport, serverPort: port, server, client } = conversation;
  const match = classification.matches.find((one) => one.document === classification.verdictFrom) ?? classification.matches[0]!;
  const where = `${file.labels.short(server)} ${transport.toUpperCase()} ${port}`;
  if (classification.verdict === 'protocol-mismatch') {
    const seen = protocolTitle(conversation.application?.protocol ?? '');
    return {
      ...base(conversation), code: 'protocol-mismatch', severity: 'warning', confidence: 'certain', rows: match.row === null ? [] : [match.row], title: `${where} speaks ${seen}, which is not what ${match.row ?? 'the document'} says`,
      explanation: `The payload is ${seen}. ${match.row ?? ''} has this port for another protocol: a rule made from it would let something else through than it says.`,
    };
  }
  const wrong = [match.source === 'conflicts' ? `${file.labels.short(client)} is none of the sources` : '', match.target === 'conflicts' ? `${file.labels.short(server)} is none of the targets` : ''].filter((part) => part !== '').join(' and ');
  return {
    ...base(conversation), code: 'role-mismatch', severity: 'info', confidence: 'certain', rows: match.row === null ? [] : [match.row], title: `${file.labels.short(client)} -> ${where} is documented for other machines`,
    explanation: `${match.row ?? 'The row'} has this port, but by the inventory ${wrong} that it names.`,
  };
}

/** WinRM that can be read on the wire. Kerberos and Negotiate encrypt the message bodies on 5985 too: those are left alone. */
export function cleartextFinding(conversation: Conversation, file: CaseFile): FindingDraft | null {
  const { application, server, client, serverPort: port } = conversation;
  if (application?.protocol !== 'winrm' || conversation.visibility !== 'clear') return null;
  if (conversation.outcomes.accepted === undefined && conversation.outcomes.midstream === undefined) return null;
  if (!isReadableWinrm(conversation)) return null;
  const basic = usesBasic(conversation);
  const what = basic ? 'user name and password (Basic) cross the network in clear text' : 'commands and answers can be read on the wire';
  return {
    ...base(conversation), code: 'cleartext-management', severity: 'warning', confidence: 'certain', cause: `cleartext ${server} ${port}`, title: `WinRM on ${file.labels.short(server)} TCP ${port} is not encrypted`,
    explanation: `${file.labels.short(client)} manages ${file.labels.short(server)} over plain HTTP: ${what}.`, proof: [`WinRM over plain HTTP, authentication ${basic ? 'Basic' : 'not encrypting'} (${file.at(conversation.frames[0])})`],
    alternatives: [{ cause: 'AllowUnencrypted or Basic is switched on in the WinRM configuration', confidence: 'likely' }], impact: 'works, but can be read', remedy: 'encrypt', state: 'LISTENING',
  };
}

/**
 * True: what was said is proved to cross the wire in the clear, not merely unknown. A readable body alone proves nothing: the question
 * which WinRM is there (Identify) is asked without credentials and in clear text by design.
 */
export function isReadableWinrm(conversation: Conversation): boolean {
  const { application, visibility } = conversation;
  if (application?.protocol !== 'winrm' || visibility !== 'clear') return false;
  const { body, authentication, status } = application.facts;
  return usesBasic(conversation) || (body === 'clear text' && authentication !== undefined && status === 200);
}

function usesBasic({ application }: Conversation): boolean {
  return /basic/i.test(words(application?.facts['authentication']));
}

function base(conversation: Conversation): Omit<FindingDraft, 'code' | 'severity' | 'confidence' | 'title' | 'explanation'> {
  return {
    ...draftDefaults, cause: null, client: conversation.client, server: conversation.server, transport: conversation.transport, port: conversation.serverPort, frames: conversation.frames, impact: 'works',
  };
}

function words(value: unknown): string {
  return typeof value === 'string' ? value : Array.isArray(value) ? value.join(' ') : '';
}
