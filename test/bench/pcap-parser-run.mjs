// Reads a capture with pcap-parser and counts its packets: the peer among the libraries of npm.
import fs from 'node:fs';
import pcapParser from 'pcap-parser';

let packets = 0;
const parser = pcapParser.parse(fs.createReadStream(process.argv[2], { highWaterMark: 1 << 20 }));
parser.on('packet', () => { packets++; });
parser.on('end', () => { process.stdout.write(`${packets}\n`); });
