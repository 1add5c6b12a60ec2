/** What matching must hold to for any roles, order and traffic. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import type { ReportModel } from '../../src/analysis/report-model.js';
import { builtInCatalog } from '../../src/catalog/catalog.js';
import { Roles } from '../../src/analysis/role-knowledge.js';
import { survey } from '../../src/analysis/survey.js';
import { telltales } from '../../src/analysis/telltale-services.js';
import { roleAgreement } from '../../src/catalog/roles.js';
import { roleWords } from '../../src/catalog/role-vocabulary.js';
import { makeInventory } from '../../src/inventory/inventory.js';
import { CLIENT, evidence, flow, OTHER, SERVER } from './evidence-builder.js';

const catalog = builtInCatalog();
const roleIds = roleWords.map((word) => word.id).filter((id) => id !== 'anyone');
const someRoles = fc.uniqueArray(fc.constantFrom(...roleIds), { minLength: 1, maxLength: 4 });
/** Often nothing is known of a machine. */
const maybeRoles = fc.option(someRoles, { nil: [] as string[] });
const talk = fc.record({
  client: fc.constantFrom(CLIENT, OTHER), server: fc.constantFrom(SERVER, OTHER), port: fc.constantFrom(53, 80, 135, 443, 445, 2179, 3343, 3389, 3391, 5985, 6600, 8100, 8102, 9999, 49_700),
  outcome: fc.constantFrom('accepted' as const, 'no-answer' as const), frame: fc.integer({ min: 1, max: 9000 }),
});
const verdicts = ['ambient', 'documented-dynamic', 'documented', 'protocol-mismatch', 'role-mismatch', 'undocumented'];

it('finds agreement only in roles that are known, and no conflict without complete knowledge', () => {
  fc.assert(fc.property(someRoles, someRoles, someRoles, (held, more, wanted) => {
    const before = roleAgreement(held, wanted, false);
    const after = roleAgreement([...held, ...more], wanted, false);
    expect(roleAgreement(undefined, wanted, true)).toBe('unknown');
    // More knowledge never takes an agreement away, and adds one only by a role that agrees by itself.
    if (before === 'agrees') expect(after).toBe('agrees');
    if (after === 'agrees' && before !== 'agrees') expect(roleAgreement(more, wanted, false)).toBe('agrees');
    expect([before, after]).not.toContain('conflicts');
  }));
});

it('gives every conversation exactly one verdict, and no order of the inventory or of the traffic changes it', () => {
  fc.assert(fc.property(fc.array(talk, { minLength: 1, maxLength: 6 }), maybeRoles, maybeRoles, maybeRoles, (talks, a, b, c) => {
    const hosts = [[CLIENT, a], [SERVER, b], [OTHER, c]].filter(([, roles]) => roles!.length > 0).map(([address, roles]) => ({ name: null, addresses: [address as string], roles: roles as string[] }));
    const judge = (turned: boolean): string[] => {
      const flows = talks.map((one) => flow(one));
      const inventory = makeInventory({ hosts: (turned ? [...hosts].reverse() : hosts).map((host) => ({ ...host, roles: turned ? [...host.roles].reverse() : host.roles })), networks: [] });
      return tell(analyze(evidence({ flows: turned ? flows.reverse() : flows }), { catalog, inventory }));
    };
    const told = judge(false);
    expect(judge(true)).toEqual(told);
    expect(told.every((line) => verdicts.includes(line.split(' ').at(-1)!))).toBe(true);
    expect(new Set(told).size).toBe(told.length);
  }), { numRuns: 60 });
});

// The first knowledge once had the number of "nothing known", and the two shared a class.
it('does not mix machines of which nothing is known with the first that is known', () => {
  const inventory = makeInventory({ hosts: [{ name: null, addresses: [OTHER], roles: ['hyper-v-host'] }], networks: [] });
  const talks = [{ client: OTHER, server: SERVER }, { client: CLIENT, server: SERVER }];
  const roles = new Roles(survey(evidence({ flows: talks.map((one) => flow({ ...one, port: 9999, outcome: 'no-answer' })) }), telltales).hosts, { rolesOf: (address) => (inventory.rolesOf(address)?.roles ?? []).map((role) => ({ role, reason: 'inventory' })) });
  expect(roles.knowledge(OTHER).id).not.toBe(roles.knowledge(CLIENT).id);
});

function tell(model: ReportModel): string[] {
  return [...model.conversations].map(({ index, client, server, serverPort }) => `${client} ${server} ${serverPort} ${model.conversations.classification(index).verdict}`).sort();
}
