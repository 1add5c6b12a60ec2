/** Finds out by content what a witness's file is, and reads it. Nothing in it is believed beyond its own bounds. */
import { isEventsCsv, readEventsCsv } from './events-csv.js';
import { isPfirewallLog, readPfirewallLog } from './pfirewall-log.js';
import { decodeText } from './text-encoding.js';
import { readWindowsXml } from './windows-xml.js';
import { WitnessDraft, type WitnessFile } from './witness.js';

/** Read whole; larger logs are better cut to the minutes in question. */
export const MAX_WITNESS_BYTES = 256 * 1024 * 1024;

/** A string: why the file cannot be used. */
export function readWitness(file: string, bytes: Uint8Array): WitnessFile | string {
  if (bytes.length === 0) return 'is empty';
  if (bytes.length > MAX_WITNESS_BYTES) return `has ${bytes.length} bytes; ${MAX_WITNESS_BYTES} at most are read: cut it to the minutes in question`;
  if (bytes[0] === 0x45 && bytes[1] === 0x6c && bytes[2] === 0x66 && bytes[3] === 0x46) return 'is an event log in binary form (EVTX): export it, wevtutil qe FILE /lf:true /f:xml';
  if (bytes[0] === 0x4d && bytes[1] === 0x53 && bytes[2] === 0x43 && bytes[3] === 0x46) return 'is a cabinet: unpack it (expand FILE -F:* FOLDER) and give the wfpdiag.xml in it';
  const text = decodeText(bytes);
  const draft = new WitnessDraft();
  if (isPfirewallLog(text)) {
    readPfirewallLog(text, draft);
    return draft.file(file, 'pfirewall');
  }
  if (/^\s*</u.test(text)) {
    const { events, netEvents, filters } = readWindowsXml(text, draft);
    if (events > 0) return draft.file(file, 'security-events-xml');
    if (netEvents > 0) return draft.file(file, 'wfp-events');
    if (filters > 0) return draft.file(file, 'wfp-state');
    const [first] = draft.faults;
    return first === undefined ? 'is XML, but has neither events, network events nor filters of Windows in it' : `line ${first.line}: ${first.message}`;
  }
  if (isEventsCsv(text)) {
    readEventsCsv(text, draft);
    return draft.file(file, 'security-events-csv');
  }
  return 'is none of: pfirewall.log, XML of netsh wfp, exported security events (XML, CSV)';
}
