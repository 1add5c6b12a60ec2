/** What else reads captures, each doing as near as it can what portwitness does: Debian's packages, and the package for Node. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Measured } from './measure.js';
import { isInstalled } from './measure.js';

export function copyWithTcpdump(file: string): Measured {
  return { label: 'tcpdump', command: 'tcpdump', args: ['-r', file, '-w', '/dev/null'] };
}

/** Those that are installed and read this file. `folder` is for what they must write. */
export function peersFor(file: string, folder: string): Measured[] {
  const flows = path.join(folder, 'nfpcapd');
  const peers: Measured[] = [
    { label: 'capinfos', command: 'capinfos', args: [file] },
    { label: 'argus', command: 'argus', args: ['-r', file, '-w', '/dev/null'] },
    {
      label: 'nfpcapd', command: 'nfpcapd', args: ['-r', file, '-w', flows],
      cleanUp: () => {
        fs.rmSync(flows, { recursive: true, force: true });
        fs.mkdirSync(flows);
      },
    },
    { label: 'ndpiReader', command: 'ndpiReader', args: ['-i', file, '-q'] },
    { label: 'tshark', command: 'tshark', args: ['-r', file, '-q', '-z', 'conv,tcp'] },
  ];
  fs.mkdirSync(flows, { recursive: true });
  const found = peers.filter(({ command }) => isInstalled(command));
  if (!file.endsWith('.pcapng')) found.push({ label: 'pcap-parser', command: process.execPath, args: [fileURLToPath(new URL('./pcap-parser-run.mjs', import.meta.url)), file] });
  return found;
}
