import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { regionalTime } from '../../src/witness/events-csv.js';
import { readWitness } from '../../src/witness/read-witness.js';
import type { WitnessFile } from '../../src/witness/witness.js';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const utf16 = (text: string, mark = true, big = false): Uint8Array => {
  const units = [...(mark ? [0xfeff] : []), ...Array.from(text, (letter) => letter.charCodeAt(0))];
  return Uint8Array.from(units.flatMap((unit) => (big ? [unit >> 8, unit & 255] : [unit & 255, unit >> 8])));
};

function read(text: string | Uint8Array): WitnessFile {
  const result = readWitness('x', typeof text === 'string' ? utf8(text) : text);
  if (typeof result === 'string') throw new Error(result);
  return result;
}
const short = ({ records }: WitnessFile) => records.map(({ action, transport, source, destination, direction, filterId, line }) => `${line} ${action} ${transport} ${source.address}:${source.port} ${destination.address}:${destination.port} ${direction ?? '-'} ${filterId ?? '-'}`);

const LOG = `#Version: 1.5\r
#Software: Microsoft Windows Firewall\r
#Time Format: Local\r
#Fields: date time action protocol src-ip dst-ip src-port dst-port size tcpflags tcpsyn tcpack tcpwin icmptype icmpcode info path pid\r
\r
2026-11-20 14:02:31 DROP TCP 10.77.1.10 10.77.2.20 49718 49668 52 S 3735928559 0 64240 - - - RECEIVE 4\r
2026-11-20 14:02:32 ALLOW UDP fe80::1%12 ff02::fb 5353 5353 0 - - - - - - - SEND 900\r
2026-11-20 14:02:33 DROP ICMP 10.77.1.10 10.77.2.20 - - 60 - - - - 8 0 - RECEIVE 4\r
2026-11-20 14:02:34 INFO-EVENTS-LOST - - - - - - - - - - - - - 3\r
2026-11-20 14:02:35 DROP TCP 10.77.1.10 10.77.2.20 x 49668 52 S 0 0 64240 - - - RECEIVE 4\r
what is this\r
`;

const EVENT = (id: number, data: Readonly<Record<string, string>>, more = ''): string => `<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Security-Auditing' Guid='{54849625-5478-4994-A5BA-3E3B0328C30D}'/><EventID>${id}</EventID><TimeCreated SystemTime='2026-11-20T14:02:31.5000000Z'/><Computer>HV01.lab.test</Computer></System><EventData>${Object.entries(data).map(([name, value]) => `<Data Name='${name}'>${value}</Data>`).join('')}${more}</EventData></Event>`;
const BLOCKED = { ProcessId: '4', Application: 'System', Direction: '%%14592', SourceAddress: '10.77.1.10', SourcePort: '49718', DestAddress: '10.77.2.20', DestPort: '49668', Protocol: '6', FilterOrigin: 'Default Inbound &amp; more', FilterRTID: '68941', LayerName: '%%14610', LayerRTID: '44' };

const NET_EVENTS = `<?xml version="1.0" encoding="UTF-8"?>
<netEvents><timeStamp>2026-11-20T14:10:00.000Z</timeStamp>
<item><header><timeStamp>2026-11-20T14:02:31.204Z</timeStamp><flags numItems="2"><item>FWPM_NET_EVENT_FLAG_IP_PROTOCOL_SET</item></flags><ipVersion>FWP_IP_VERSION_V4</ipVersion><ipProtocol>6</ipProtocol>
<localAddrV4>10.77.2.20</localAddrV4><remoteAddrV4>10.77.1.10</remoteAddrV4><localPort>49668</localPort><remotePort>49718</remotePort><appId><data>530079007300740065006d000000</data><asString>S.y.s.t.e.m...</asString></appId></header>
<type>FWPM_NET_EVENT_TYPE_CLASSIFY_DROP</type><classifyDrop><filterId>68941</filterId><layerId>44</layerId><msFwpDirection>MS_FWP_DIRECTION_IN</msFwpDirection></classifyDrop>
<internalFields><terminatingFiltersInfo numItems="1"><item><filterId>1</filterId></item></terminatingFiltersInfo></internalFields></item>
<netEvent><header><ipProtocol>17</ipProtocol><localAddrV6.byteArray16>fd77::20</localAddrV6.byteArray16><remoteAddrV6.byteArray16>fd77::53</remoteAddrV6.byteArray16><localPort>50000</localPort><remotePort>53</remotePort></header>
<type>FWPM_NET_EVENT_TYPE_CLASSIFY_DROP</type><classifyDrop><filterId>7</filterId><msFwpDirection>MS_FWP_DIRECTION_OUT</msFwpDirection></classifyDrop></netEvent>
<item><header><ipProtocol>6</ipProtocol></header><type>FWPM_NET_EVENT_TYPE_IKEEXT_MM_FAILURE</type></item>
</netEvents>`;

const STATE = `<wfpstate><layers numItems="1"><item><layer><layerId>44</layerId></layer><filters numItems="2">
<item><filterKey>{a}</filterKey><displayData><name>Port Scanning Prevention Filter</name></displayData><action><type>FWP_ACTION_CALLOUT</type></action><filterId>68941</filterId></item>
<item><filterKey>{b}</filterKey><displayData><name/></displayData><filterId>7</filterId></item></filters></item></layers></wfpstate>`;

const MESSAGE = `The Windows Filtering Platform has blocked a packet.

Application Information:
\tProcess ID:\t\t4
\tApplication Name:\tSystem

Network Information:
\tDirection:\t\tInbound
\tSource Address:\t\t10.77.1.10
\tSource Port:\t\t49718
\tDestination Address:\t10.77.2.20
\tDestination Port:\t\t49668
\tProtocol:\t\t6

Filter Information:
\tFilter Run-Time ID:\t68941
\tLayer Name:\t\tReceive/Accept
\tLayer Run-Time ID:\t44`;
const CSV = `Keywords,Date and Time,Source,Event ID,Task Category\r\nAudit Failure,11/20/2026 2:02:31 PM,Microsoft-Windows-Security-Auditing,5152,Filtering Platform Packet Drop,"${MESSAGE}"\r\nAudit Success,11/20/2026 2:02:31 PM,x,4624,Logon,"An account was logged on"\r\nAudit Failure,11/20/2026 2:02:32 PM,x,5157,y,"Die Windows-Filterplattform hat eine Verbindung blockiert"\r\n`;

describe('pfirewall.log', () => {
  it('records, with the line, the sequence number and local time', () => {
    const file = read(LOG);
    expect(file.kind).toBe('pfirewall');
    expect(short(file)).toEqual(['6 drop tcp 10.77.1.10:49718 10.77.2.20:49668 inbound -', '7 allow udp fe80::1:5353 ff02::fb:5353 outbound -']);
    expect(file.records[0]).toMatchObject({ time: Date.UTC(2026, 10, 20, 14, 2, 31) / 1000, localTime: true, sequence: 3735928559, program: 'process 4' });
    expect(file.faults.map(({ line }) => line)).toEqual([10, 11]);
  });
  it('fields in the order that the header gives; UTC where it says so', () => {
    const file = read('#Time Format: UTC\n#Fields: date time action protocol dst-ip src-ip dst-port src-port\n2026-11-20 14:02:31 DROP TCP 10.0.0.2 10.0.0.1 445 50000\n');
    expect([short(file)[0], file.records[0]!.localTime]).toEqual(['3 drop tcp 10.0.0.1:50000 10.0.0.2:445 - -', false]);
  });
});

describe('XML', () => {
  it('security events: blocked and permitted, whatever else is exported', () => {
    const file = read(`<Events>${EVENT(5152, BLOCKED)}\n${EVENT(5156, { ...BLOCKED, FilterRTID: '0' })}${EVENT(4624, {})}${EVENT(5157, { ...BLOCKED, SourceAddress: '-' })}</Events>`);
    expect(file.kind).toBe('security-events-xml');
    expect(short(file)).toEqual(['1 drop tcp 10.77.1.10:49718 10.77.2.20:49668 inbound 68941', '2 allow tcp 10.77.1.10:49718 10.77.2.20:49668 inbound -']);
    expect(file.records[0]).toMatchObject({ filter: 'Default Inbound & more', layer: 'Receive/Accept', computer: 'HV01.lab.test', localTime: false, time: Date.UTC(2026, 10, 20, 14, 2, 31) / 1000 + 0.5 });
    expect(file.faultCount).toBe(1);
  });
  it('events one behind the other, without a root, as wevtutil writes them', () => {
    expect(read(`${EVENT(5157, BLOCKED)}\r\n${EVENT(5157, BLOCKED)}`).records).toHaveLength(2);
  });
  it('network events: the filter that dropped, not those that looked on', () => {
    const file = read(NET_EVENTS);
    expect(file.kind).toBe('wfp-events');
    expect(short(file)).toEqual(['3 drop tcp 10.77.1.10:49718 10.77.2.20:49668 inbound 68941', '7 drop udp fd77::20:50000 fd77::53:53 outbound 7']);
    expect(file.records[0]).toMatchObject({ program: 'System', layer: '44' });
  });
  it('the state: names of filters by id', () => {
    const file = read(STATE);
    expect([file.kind, [...file.filters]]).toEqual(['wfp-state', [['68941', 'Port Scanning Prevention Filter'], ['7', '{b}']]]);
  });
  it('UTF-16 with and without a mark, in either byte order', () => {
    for (const [mark, big] of [[true, false], [true, true], [false, false], [false, true]] as const) expect(read(utf16(STATE, mark, big)).filters.size).toBe(2);
    expect(read(utf16(LOG)).records).toHaveLength(2);
  });
  it('a document type is refused: nothing expands', () => {
    const bomb = `<!DOCTYPE lolz [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Events>${EVENT(5152, { ...BLOCKED, Application: '&b;' })}</Events>`;
    expect(readWitness('x', utf8(bomb))).toMatch(/line 1: a document type is not read/u);
    expect(read(`<Events>${EVENT(5152, { ...BLOCKED, Application: '&b;&#65;&#x110000;&lt;' })}</Events>`).records[0]!.program).toBe('&b;A&#x110000;<');
  });
  it('cut off: what came before counts', () => {
    const file = read(`<Events>${EVENT(5152, BLOCKED)}<Event><System><EventID>51`);
    expect([file.records.length, file.faultCount]).toEqual([1, 1]);
  });
});

describe('CSV', () => {
  it('of the Event Viewer; an event without its message is a fault that says what to do', () => {
    const file = read(CSV);
    expect(file.kind).toBe('security-events-csv');
    expect(short(file)).toEqual(['2 drop tcp 10.77.1.10:49718 10.77.2.20:49668 inbound 68941']);
    expect(file.records[0]!.time).toBe(Date.UTC(2026, 10, 20, 14, 2, 31) / 1000);
    expect(file.faults[0]!.message).toContain('wevtutil');
  });
  /** The shape of the message in another language: labels, headings and blanks before the colon differ, the order does not. */
  const translated = (head: string, labels: readonly string[], colon: string, direction: string, newer = false): string => {
    const [process, program, way, from, fromPort, to, toPort, protocol, filter, layer, layerId] = labels;
    const lines = [[process, '4'], [program, '\\device\\harddiskvolume1\\a.exe'], null, [way, direction], [from, '10.77.1.10'], [fromPort, '49718'], [to, 'fe80::1'], [toPort, '49668'], [protocol, '6'], ...(newer ? [['x', '9']] : []), null, ...(newer ? [['y', 'Stealth']] : []), [filter, '68941'], [layer, 'L'], [layerId, '44']];
    return [head, '', 'H1', ...lines.map((line) => (line === null ? '\r\nH' : `\t${line[0]}${colon}\t\t${line[1]}`))].join('\r\n');
  };
  it.each([
    ['German', 'Schlüsselwörter,Datum und Uhrzeit,Quelle,Ereignis-ID,Aufgabenkategorie', 'Überwachung gescheitert', '20.11.2026 14:02:31', translated('Ein Paket wurde blockiert.', ['Prozess-ID', 'Anwendungsname', 'Richtung', 'Quelladresse', 'Quellport', 'Zieladresse', 'Zielport', 'Protokoll', 'Filterlaufzeit-ID', 'Ebenenname', 'Ebenenlaufzeit-ID'], ':', 'Eingehend'), 'inbound'],
    ['French', 'Mots clés,Date et heure,Source,ID de l’événement,Catégorie de la tâche', 'Échec de l’audit', '20/11/2026 14:02:31', translated('Paquet bloqué.', ['ID du processus', 'Nom', 'Sens', 'Adresse source', 'Port source', 'Adresse de destination', 'Port de destination', 'Protocole', 'ID d’exécution du filtre', 'Couche', 'ID'], '\u00a0:', 'Sortant', true), 'outbound'],
    ['Spanish', 'Palabras clave,Fecha y hora,Origen,Id. del evento,Categoría de la tarea', 'Error de auditoría', '20/11/2026 14:02:31', translated('Paquete bloqueado.', ['Id.', 'Nombre', 'Dirección', 'Dirección de origen', 'Puerto de origen', 'Dirección de destino', 'Puerto de destino', 'Protocolo', 'Id. de filtro', 'Nivel', 'Id. de nivel'], ':', 'Entrante'), 'inbound'],
    ['Japanese', 'キーワード,日付と時刻,ソース,イベント ID,タスクのカテゴリ', '失敗の監査', '2026/11/20 14:02:31', translated('ブロックしました。', Array.from({ length: 11 }, (_, i) => `欄${i}`), '：', '着信'), null],
  ])('in %s, by the shape of the message', (_, header, word, time, message, direction) => {
    const file = read(`${header}\r\n${word},${time},Microsoft-Windows-Security-Auditing,5152,12809,"${message}"\r\n`);
    expect(file.faults).toEqual([]);
    expect(file.kind).toBe('security-events-csv');
    expect(file.records).toMatchObject([{ source: { address: '10.77.1.10', port: 49_718 }, destination: { address: 'fe80::1', port: 49_668 }, transport: 'tcp', action: 'drop', direction, filterId: '68941', layer: 'L', filter: word.startsWith('Éch') ? 'Stealth' : null, program: '\\device\\harddiskvolume1\\a.exe', time: Date.UTC(2026, 10, 20, 14, 2, 31) / 1000 }]);
  });
  it('of Export-Csv', () => {
    expect(short(read(`#TYPE x\r\n"Message","Id","TimeCreated","MachineName"\r\n"${MESSAGE}","5157","20.11.2026 14:02:31","HV01"\r\n`))).toEqual(['3 drop tcp 10.77.1.10:49718 10.77.2.20:49668 inbound 68941']);
  });
  it.each([
    ['11/20/2026 2:02:31 PM', 14], ['20.11.2026 14:02:31', 14], ['2026-11-20 14:02:31', 14], ['20/11/2026 14:02:31', 14], ['11/20/2026 12:02:31 AM', 0], ['11/20/2026 12:02:31 PM', 12], ['5/6/2026 14:02:31', null], ['yesterday', null], ['99.99.2026 1:02:03', null],
  ])('time %s', (text, hour) => {
    const time = regionalTime(text);
    expect(time === null ? null : new Date(time * 1000).getUTCHours()).toBe(hour);
  });
});

describe('anything else', () => {
  it.each([
    ['', 'is empty'], ['hello', 'is none of'], ['<html><body>x</body></html>', 'neither events'], ['ElfFile\0', 'EVTX'], ['MSCF....', 'cabinet'], ['<a', 'ends inside an element'],
  ])('%j', (text, message) => {
    expect(readWitness('x', utf8(text))).toContain(message);
  });
  it('no prefix and no mutation throws, and no record has what is no address or port', () => {
    const originals = [utf8(LOG), utf8(`<Events>${EVENT(5152, BLOCKED)}</Events>`), utf8(NET_EVENTS), utf8(STATE), utf8(CSV), utf16(NET_EVENTS)];
    fc.assert(fc.property(fc.constantFrom(...originals), fc.double({ min: 0, max: 1, noNaN: true }), fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), fc.nat(255)), { maxLength: 12 }), (original, part, changes) => {
      const bytes = original.slice(0, Math.round(part * original.length));
      for (const [where, value] of changes) if (bytes.length > 0) bytes[Math.floor(where * bytes.length)] = value;
      const result = readWitness('x', bytes);
      if (typeof result === 'string') {
        expect(result.length).toBeGreaterThan(0);
        return;
      }
      for (const { source, destination } of result.records) for (const { address, port } of [source, destination]) expect([/^[0-9a-f.:]+$/u.test(address), port >= 0 && port <= 65_535]).toEqual([true, true]);
      expect(result.faults.length).toBeLessThanOrEqual(20);
    }), { numRuns: 600 });
  });
  it('elements in each other without end, and attributes by the thousand, are bounded', () => {
    const deep = `<Events>${'<a>'.repeat(5000)}${EVENT(5152, BLOCKED)}`;
    expect(readWitness('x', utf8(deep))).toMatch(/deep|neither/u);
    const wide = `<Event ${Array.from({ length: 5000 }, (_, i) => `a${i}="1"`).join(' ')}></Event>`;
    expect(typeof readWitness('x', utf8(wide))).toBe('object');
  });
});
