/** A draft of the inventory out of traffic: who is what, why that is thought, and how sure it is. */
import { scalar } from '../catalog/draft-yaml.js';
import type { HostReport, ReportModel } from './report-model.js';

/** Beyond this nobody edits a file by hand. */
const MAX_HOSTS = 2000;
/** NetFT's own addresses and loopback: an overlay that no rule concerns. */
const overlay = /^(127\.|169\.254\.|fe80:|::1$|0\.0\.0\.0$|::$|22[4-9]\.|23\d\.|255\.|ff)/i;

export interface InventoryDraft {
  readonly yaml: string;
  readonly hosts: number;
  /** Machines of which no role could be told. */
  readonly withoutRole: number;
  readonly leftOut: number;
}

/** Loads as it stands. Assumed roles are comments only: the inventory is taken at its word. */
export function draftInventory(model: ReportModel): InventoryDraft {
  const usable = model.hosts.map((host) => ({ host, addresses: host.addresses.map(({ address }) => address).filter((address) => !overlay.test(address)) })).filter(({ addresses }) => addresses.length > 0);
  const listed = usable.slice(0, MAX_HOSTS);
  const names = new Set<string>();
  const lines = [
    '# Draft made from traffic: check each machine, complete its roles, delete what is not yours.',
    '# What stands here is taken at its word: a role that is missing makes documented traffic look out of place.',
    listed.length === 0 ? 'hosts: []' : 'hosts:',
    ...listed.flatMap(({ host, addresses }) => hostLines(host, addresses, names)),
  ];
  return { yaml: `${lines.join('\n')}\n`, hosts: listed.length, withoutRole: listed.filter(({ host }) => sureRoles(host).length === 0).length, leftOut: usable.length - listed.length };
}

function sureRoles(host: HostReport): string[] {
  return [...new Set(host.roles.filter(({ confidence }) => confidence !== 'assumed').map(({ role }) => role))];
}

function hostLines(host: HostReport, addresses: readonly string[], names: Set<string>): string[] {
  const reasons = host.roles.map(({ role, reason, confidence }) => `    # ${oneLine(`${role}: ${confidence}, ${reason}`)}${confidence === 'assumed' ? ' (add it if true)' : ''}`);
  const heard = host.names.find(({ name }) => name !== '' && !names.has(name.toLowerCase()));
  if (heard !== undefined) names.add(heard.name.toLowerCase());
  const sure = sureRoles(host);
  return [
    heard === undefined ? `  - addresses: [${addresses.map(quoted).join(', ')}]` : `  - name: ${scalar(heard.name)}`,
    ...(heard === undefined ? [] : [`    # name from ${oneLine(heard.from)}${host.groupedBy === null ? '' : `; addresses held together by ${oneLine(host.groupedBy)}`}`, `    addresses: [${addresses.map(quoted).join(', ')}]`]),
    ...reasons, ...(host.roles.length === 0 ? ['    # nothing tells what this machine is'] : []),
    `    roles: [${sure.map((role) => quoted(role)).join(', ')}]`,
  ];
}

function quoted(text: string): string {
  return text.includes(':') ? JSON.stringify(text) : text;
}

function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ');
}
