/**
 * Two kinds of XML that Windows writes of its filtering platform: `netsh wfp show netevents`, `show state`, `show filters` and the
 * wfpdiag.xml of `netsh wfp capture`; and events of the security log (5152, 5153, 5157: blocked; 5156: permitted) as wevtutil and the
 * Event Viewer export them. One walk reads both: a record is an element, its fields are the leaves below it by their path.
 */
import { directionOf, filterIdOf, isoTime, socketOf, textOrNull, transportOf } from './record-fields.js';
import type { WitnessDraft } from './witness.js';
import { walkXml } from './xml-walk.js';

const MAX_FIELDS = 256;
const MAX_FIELD = 4096;

type RecordKind = 'event' | 'net-event' | 'filter';

/** Which kind of record an element begins; undefined: none. */
function recordKind(name: string, parent: string): RecordKind | undefined {
  if (name === 'Event') return 'event';
  if (name === 'netEvent' || (name === 'item' && parent === 'netEvents')) return 'net-event';
  if (name === 'item' && parent === 'filters') return 'filter';
  return undefined;
}

export interface XmlContents {
  readonly events: number;
  readonly netEvents: number;
  readonly filters: number;
}

export function readWindowsXml(text: string, draft: WitnessDraft): XmlContents {
  const path: string[] = [];
  const counts = { events: 0, netEvents: 0, filters: 0 };
  let record: { readonly kind: RecordKind; readonly depth: number; readonly line: number; readonly fields: Map<string, string> } | undefined;
  const names: (string | undefined)[] = [];
  walkXml(text, {
    open(name, attributes, line) {
      const parent = path[path.length - 1] ?? '';
      path.push(name);
      names.push(attributes.get('Name'));
      const kind = record === undefined ? recordKind(name, parent) : undefined;
      if (kind !== undefined) record = { kind, depth: path.length, line, fields: new Map() };
      else if (record !== undefined && name === 'TimeCreated') set(record.fields, 'TimeCreated', attributes.get('SystemTime') ?? '');
    },
    close(_name, own) {
      if (record !== undefined) {
        if (path.length > record.depth && own !== '') {
          const name = names[names.length - 1];
          set(record.fields, name === undefined ? path.slice(record.depth).join('/') : name, own);
        } else if (path.length === record.depth) {
          settle(record.kind, record.fields, record.line);
          record = undefined;
        }
      }
      path.pop();
      names.pop();
    },
    fault(line, message) { draft.fault(line, message); },
  });
  return counts;

  function settle(kind: RecordKind, fields: ReadonlyMap<string, string>, line: number): void {
    if (kind === 'event') {
      counts.events++;
      securityEvent(fields, line, draft);
    } else if (kind === 'net-event') {
      counts.netEvents++;
      netEvent(fields, line, draft);
    } else {
      counts.filters++;
      const id = filterIdOf(fields.get('filterId'));
      const name = textOrNull(fields.get('displayData/name')) ?? textOrNull(fields.get('filterKey'));
      if (id !== null && name !== null) draft.filter(id, name);
    }
  }
}

function set(fields: Map<string, string>, name: string, value: string): void {
  if (fields.size < MAX_FIELDS && !fields.has(name)) fields.set(name, value.slice(0, MAX_FIELD));
}

const BLOCKED: ReadonlySet<string> = new Set(['5152', '5153', '5157']);
const PERMITTED = '5156';

function securityEvent(fields: ReadonlyMap<string, string>, line: number, draft: WitnessDraft): void {
  const id = (fields.get('System/EventID') ?? '').trim();
  if (!BLOCKED.has(id) && id !== PERMITTED) return;
  const transport = transportOf(fields.get('Protocol'));
  if (transport === undefined) return;
  const source = socketOf(fields.get('SourceAddress'), fields.get('SourcePort'));
  const destination = socketOf(fields.get('DestAddress'), fields.get('DestPort'));
  if (source === undefined || destination === undefined) return draft.fault(line, `event ${id}: addresses or ports cannot be read`);
  draft.record({
    action: id === PERMITTED ? 'allow' : 'drop', transport, source, destination, direction: directionOf(fields.get('Direction')), time: isoTime(fields.get('TimeCreated')), localTime: false, sequence: null,
    filterId: filterIdOf(fields.get('FilterRTID')), filter: textOrNull(fields.get('FilterOrigin')), layer: layerOf(fields.get('LayerName')), program: textOrNull(fields.get('Application')),
    computer: textOrNull(fields.get('System/Computer')), line,
  });
}

/** Names of layers as the auditing provider's message table numbers them. */
const LAYERS: Readonly<Record<string, string>> = {
  '%%14596': 'IP Packet', '%%14597': 'Transport', '%%14598': 'Forward', '%%14599': 'Stream', '%%14600': 'Datagram Data', '%%14601': 'ICMP Error', '%%14608': 'Resource Assignment', '%%14609': 'Listen', '%%14610': 'Receive/Accept', '%%14611': 'Connect', '%%14612': 'Flow Established',
};

function layerOf(text: string | undefined): string | null {
  const word = textOrNull(text);
  return word === null ? null : LAYERS[word] ?? word;
}

function netEvent(fields: ReadonlyMap<string, string>, line: number, draft: WitnessDraft): void {
  const type = fields.get('type') ?? '';
  const body = /CLASSIFY_DROP$/u.test(type) ? 'classifyDrop' : /CLASSIFY_ALLOW$/u.test(type) ? 'classifyAllow' : /CAPABILITY_DROP$/u.test(type) ? 'capabilityDrop' : /IPSEC_KERNEL_DROP$/u.test(type) ? 'ipsecDrop' : null;
  if (body === null) return;
  const transport = transportOf(fields.get('header/ipProtocol'));
  if (transport === undefined) return;
  const address = (side: string): string | undefined => fields.get(`header/${side}AddrV4`) ?? fields.get(`header/${side}AddrV6.byteArray16`) ?? fields.get(`header/${side}AddrV6/byteArray16`) ?? fields.get(`header/${side}AddrV6`);
  const local = socketOf(address('local'), fields.get('header/localPort'));
  const remote = socketOf(address('remote'), fields.get('header/remotePort'));
  if (local === undefined || remote === undefined) return draft.fault(line, 'a network event without addresses or ports');
  const direction = directionOf(fields.get(`${body}/msFwpDirection`) ?? fields.get(`${body}/direction`));
  // Without a direction the local side may be either end; a connection is looked for both ways.
  const [source, destination] = direction === 'inbound' ? [remote, local] : [local, remote];
  draft.record({
    action: body === 'classifyAllow' ? 'allow' : 'drop', transport, source, destination, direction, time: isoTime(fields.get('header/timeStamp')), localTime: false, sequence: null,
    filterId: filterIdOf(fields.get(`${body}/filterId`)) ?? filterIdOf(fields.get(`${body}/networkCapabilityId`)), filter: null, layer: textOrNull(fields.get(`${body}/layerId`)), program: programOf(fields.get('header/appId/data')), computer: null, line,
  });
}

/** UTF-16 in hexadecimal digits, with its final zero. */
function programOf(hex: string | undefined): string | null {
  if (hex === undefined || !/^(?:[0-9a-f]{4})+$/iu.test(hex)) return null;
  let path = '';
  for (let at = 0; at + 4 <= hex.length; at += 4) path += String.fromCharCode(parseInt(hex.slice(at + 2, at + 4) + hex.slice(at, at + 2), 16));
  return textOrNull(path.replace(/\0.*$/su, ''));
}
