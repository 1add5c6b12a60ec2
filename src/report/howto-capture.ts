/**
 * How to take a capture in which nothing is missing that analysis needs: whole packets, both ends, the moment before and after. For an elevated
 * PowerShell, lines of at most 80 columns, plain ASCII: it is printed, pasted and mailed.
 *
 * Options as pktmon, netsh and dumpcap document them (learn.microsoft.com: pktmon start, pktmon filter add, netsh trace;
 * wireshark.org: dumpcap(1)), read on 20 November 2026.
 */
export type CaptureTool = 'pktmon' | 'netsh' | 'dumpcap';

export const CAPTURE_TOOLS: readonly CaptureTool[] = ['pktmon', 'netsh', 'dumpcap'];

export interface HowtoOptions {
  /** Only these; empty: all of them. */
  readonly tools: readonly CaptureTool[];
  /** Canonical addresses of the other end; empty: everything is captured. */
  readonly hosts: readonly string[];
}

export function howtoCapture({ tools, hosts }: HowtoOptions): string {
  const chosen = CAPTURE_TOOLS.filter((tool) => tools.length === 0 || tools.includes(tool));
  const lines = [
    ...BEFORE, ...(hosts.length === 0 ? [] : filterWarning(hosts)),
    ...chosen.flatMap((tool) => ['', HEADINGS[tool], '', ...COMMANDS[tool](hosts)]), '', ...afterwards(chosen),
  ];
  return `${lines.join('\n')}\n`;
}

const BEFORE = [
  'Take the capture on both ends at the same time: on the client that fails and on',
  'the server that it wants to reach. Only then can be told whether a packet was',
  'lost on the way or dropped on the server.',
  '',
  '1. Start the capture on both machines, in PowerShell as administrator.',
  '2. Forget what was looked up before, so that the lookups are in the capture:',
  '     ipconfig /flushdns',
  '     klist purge',
  '   Close and open the program that fails: RPC asks the endpoint mapper (135)',
  '   for a dynamic port only when it connects anew.',
  '3. Repeat what fails. Wait 30 seconds more: a silent drop shows by its retries.',
  '4. Stop both captures, and give both files to portwitness in one command.',
  '',
  'Needed are whole packets. The answers of the endpoint mapper, of DNS and of',
  'Kerberos stand behind byte 128 of a packet. A capture holds what was sent, at',
  'times passwords: keep it as you keep those.',
];

function filterWarning(hosts: readonly string[]): string[] {
  return [
    '', `The commands below keep only what goes to or from ${hosts.length === 1 ? hosts[0]! : 'these hosts:'}`,
    ...(hosts.length === 1 ? [] : hosts.map((host) => `  ${host}`)),
    'Give the addresses of the DNS servers and domain controllers, too (--host is',
    'repeatable): a name that is not found or a logon that fails looks like silence',
    'without them.',
  ];
}

const HEADINGS: Readonly<Record<CaptureTool, string>> = {
  pktmon: '== pktmon: Windows Server 2019, Windows 10 1809 and newer (nothing to install)',
  netsh: '== netsh trace: Windows Server 2008 R2 and newer (nothing to install)',
  dumpcap: '== dumpcap: where Wireshark is installed (also on Linux and macOS)',
};

const FOLDER = [
  'New-Item -ItemType Directory -Force C:\\portwitness | Out-Null',
];

const COMMANDS: Readonly<Record<CaptureTool, (hosts: readonly string[]) => string[]>> = {
  pktmon: (hosts) => [
    ...indented([...FOLDER,
      '$file = "C:\\portwitness\\$env:COMPUTERNAME.etl"',
      'pktmon filter remove',
      ...hosts.map((host, i) => `pktmon filter add host${i + 1} -i ${host}`),
      'pktmon start --capture --pkt-size 0 --file-name $file `',
      '  --file-size 2048 --log-mode circular',
    ]),
    '  ... repeat what fails ...',
    ...indented(['pktmon stop']),
    '',
    'Without --pkt-size 0 only 128 bytes of each packet are kept. A ring of 2048 MB:',
    'the oldest packets are overwritten. pktmon sees a packet at each component it',
    'passes, and says where and why one was dropped; portwitness reads that from the',
    '.etl file itself (pktmon etl2pcap loses it). Interfaces and components:',
    ...indented(['pktmon list', 'Get-NetAdapter | Format-Table Name, ifIndex, Status']),
    'On busy machines, at the network adapters only: add  --comp nics',
    'Windows Server 2019 and Windows 10 before 2004 have another syntax:',
    ...indented(['pktmon start --etw -p 0 -f $file -s 2048 -m circular']),
  ],
  netsh: (hosts) => [
    ...indented([...FOLDER,
      '$file = "C:\\portwitness\\$env:COMPUTERNAME.etl"',
      ...netshFilter(hosts).prepared,
      'netsh trace start capture=yes tracefile=$file maxsize=2048 `',
      '  filemode=circular overwrite=yes packettruncatebytes=65535 `',
      ...joinedByBacktick(['  report=disabled correlation=disabled', ...netshFilter(hosts).condition]),
    ]),
    '  ... repeat what fails ...',
    ...indented(['netsh trace stop']),
    '',
    'A ring of 2048 MB. packettruncatebytes is how much of each packet is kept: all',
    'of it here; if this Windows refuses the word, leave it out (then all is kept,',
    'too). Do not name a scenario: it adds much, and no packets. On a Hyper-V host',
    'add  capturetype=both  for the virtual switches. To go on across a restart, add',
    'persistent=yes . One interface only, by its name:',
    ...indented(['netsh trace show interfaces', 'netsh trace start capture=yes captureinterface="Ethernet" ...']),
    ...(isMixed(hosts) ? ['IPv4 and IPv6 addresses cannot be filtered together here: all is captured.'] : []),
  ],
  dumpcap: (hosts) => [
    ...indented([...FOLDER,
      '$dumpcap = "$env:ProgramFiles\\Wireshark\\dumpcap.exe"',
      '$file = "C:\\portwitness\\$env:COMPUTERNAME.pcapng"',
      ...dumpcapFilter(hosts),
      '& $dumpcap -D',
      ...joinedByBacktick(['& $dumpcap -i 1 -s 0 -B 64 -b filesize:200000 -b files:20 -w $file', ...(hosts.length === 0 ? [] : ['  -f $filter'])]),
    ]),
    '  ... repeat what fails ...',
    ...indented(['Ctrl-C']),
    '',
    'dumpcap -D lists the interfaces: put the number of the right one in place of 1,',
    'or several (-i 1 -i 3). -s 0 keeps whole packets. A ring of 20 files of 200 MB:',
    'the oldest is deleted; give the folder to portwitness. -B 64 is a buffer of',
    '64 MB, so that no packet is lost. Without a file, live (Ctrl-C ends it, and the',
    'report follows; in cmd or PowerShell 7.4, since 5.1 spoils binary pipes):',
    ...indented(['dumpcap -i 1 -s 0 -w - | portwitness analyze -']),
    'On Linux the same options go with:  sudo dumpcap -i any',
  ],
};

function isMixed(hosts: readonly string[]): boolean {
  return hosts.some((host) => host.includes(':')) && hosts.some((host) => !host.includes(':'));
}

/** netsh joins conditions by AND, so addresses of two families cannot be filtered at once. */
function netshFilter(hosts: readonly string[]): { readonly prepared: readonly string[]; readonly condition: readonly string[] } {
  const [first, ...rest] = hosts;
  if (first === undefined || isMixed(hosts)) return { prepared: [], condition: [] };
  const field = first.includes(':') ? 'ipv6.address' : 'ipv4.address';
  if (rest.length === 0) return { prepared: [], condition: [`  ${field}=${first}`] };
  return { prepared: [`$hosts = "${first}"`, ...rest.map((host) => `$hosts += ",${host}"`)], condition: [`  "${field}=($hosts)"`] };
}

/** The last line is for tagged frames, which the others do not match. */
function dumpcapFilter(hosts: readonly string[]): string[] {
  const [first, ...rest] = hosts;
  if (first === undefined) return [];
  return [`$filter = "host ${first}"`, ...rest.map((host) => `$filter += " or host ${host}"`), '$filter = "$filter or (vlan and ($filter))"'];
}

/** PowerShell goes on with a command behind a backtick at the end of the line. */
function joinedByBacktick(lines: readonly string[]): string[] {
  return lines.map((line, i) => (i < lines.length - 1 ? `${line} \`` : line));
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

function afterwards(tools: readonly CaptureTool[]): string[] {
  const ending = tools.includes('pktmon') || tools.includes('netsh') ? 'etl' : 'pcapng';
  return [
    '== Then', '',
    'Copy both files to one machine; nothing needs to be converted:',
    `  portwitness analyze client.${ending} server.${ending}`,
    ...(ending === 'etl' ? ['For Wireshark only:', '  pktmon etl2pcap client.etl --out client.pcapng'] : []),
    'Clocks of the two machines should agree within a second:',
    '  w32tm /query /status',
  ];
}
