/** `howto capture`: how to take a capture on this and other systems. */
import ipaddr from 'ipaddr.js';
import { CAPTURE_TOOLS, howtoCapture } from '../report/howto-capture.js';
import { ExitCode, UsageError } from './exit-code.js';
import { openOutput } from './output.js';

interface Options {
  readonly host?: readonly string[];
  readonly pktmon?: boolean;
  readonly netsh?: boolean;
  readonly dumpcap?: boolean;
}

export function howtoCommand(given: Record<string, unknown>): ExitCode {
  const options = given as Options;
  const hosts = [...new Set((options.host ?? []).map(canonicalAddress))];
  const output = openOutput(undefined);
  output.write(howtoCapture({ tools: CAPTURE_TOOLS.filter((tool) => options[tool] === true), hosts }));
  output.commit();
  return ExitCode.ok;
}

/** What is printed is pasted into a shell: nothing but an address may get there. */
function canonicalAddress(text: string): string {
  const isAddress = text.includes(':') ? ipaddr.IPv6.isValid(text) : ipaddr.IPv4.isValidFourPartDecimal(text);
  if (!isAddress || text.includes('%')) throw new UsageError(`--host ${text}: not an IP address; filters of capturing tools take no names`);
  const address = ipaddr.parse(text);
  return address.kind() === 'ipv6' ? (address as ipaddr.IPv6).toRFC5952String() : address.toString();
}
