import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/catalog/nearest.js';
import { protocolWords } from '../../src/catalog/protocol-vocabulary.js';
import { compatible, nearestProtocol, ownerOfPort, resolveProtocol } from '../../src/catalog/protocols.js';
import { roleWords } from '../../src/catalog/role-vocabulary.js';
import { impliedRoles, isRole, nearestRole, resolveRole, roleAgreement } from '../../src/catalog/roles.js';

const roles = fc.array(fc.constantFrom(...roleWords.map((word) => word.id)), { maxLength: 4 });

describe('roles', () => {
  it('are found by synonym, case and separators aside', () => {
    expect(['SCVMM', 'Domain Controller', 'hyperv', 'RDS Broker', 'WSUS', 'everyone'].map(resolveRole)).toEqual(['vmm-server', 'domain-controller', 'hyper-v-host', 'rds-broker', 'wsus-server', 'anyone']);
    expect(resolveRole('toaster')).toBeUndefined();
    expect(nearestRole('hyper-v-hots')).toBe('hyper-v-host');
  });

  it('no name means two roles, and what is implied exists', () => {
    const names = roleWords.flatMap((word) => [word.id, ...(word.synonyms ?? [])].map((name) => name.toLowerCase().replace(/[\s_-]+/g, '')));
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    for (const word of roleWords) expect(impliedRoles(word.id).every(isRole)).toBe(true);
  });

  it.each([
    [['hyper-v-host:live-migration'], ['hyper-v-host'], true, 'agrees'],
    [['hyper-v-host'], ['hyper-v-host:live-migration'], true, 'unknown'],
    [['hyper-v-host:management'], ['hyper-v-host:live-migration'], true, 'unknown'],
    [['management-station'], ['hyper-v-host'], true, 'conflicts'],
    [['management-station'], ['hyper-v-host'], false, 'unknown'],
    [['management-station'], ['anyone'], true, 'agrees'],
    [undefined, ['hyper-v-host'], true, 'unknown'],
    [['bmc'], [], true, 'unknown'],
  ] as const)('%j held, %j wanted, complete %j: %s', (held, wanted, complete, agreement) => {
    expect(roleAgreement(held, wanted, complete)).toBe(agreement);
  });

  it('knowing more never takes an agreement away, and never makes one of what none of the roles is', () => {
    fc.assert(fc.property(roles, roles, roles, fc.boolean(), (held, more, wanted, complete) => {
      const before = roleAgreement(held, wanted, complete);
      const after = roleAgreement([...held, ...more], wanted, complete);
      if (before === 'agrees') expect(after).toBe('agrees');
      if (after === 'agrees' && before !== 'agrees') expect(roleAgreement(more, wanted, complete)).toBe('agrees');
      expect(roleAgreement([...more, ...held], wanted, complete)).toBe(after);
      if (!complete) expect(before).not.toBe('conflicts');
    }));
  });
});

describe('protocols', () => {
  it.each([
    ['https', 'tls', 'agrees'], ['https', 'http', 'conflicts'], ['http', 'tls', 'conflicts'], ['winrm', 'winrm', 'agrees'], ['winrm', 'http', 'unknown'], ['winrm', 'tls', 'agrees'],
    ['bits', 'tls', 'agrees'], ['smb', 'http', 'conflicts'], ['smb', 'smb2', 'agrees'], ['dce-rpc', 'epmap', 'agrees'], ['epmap', 'dce-rpc', 'agrees'], ['ldap', 'cldap', 'agrees'],
    ['ldaps', 'tls', 'agrees'], ['cluster', 'dtls', 'agrees'], ['vmconnect', 'rdp', 'agrees'], ['wcf', 'net.tcp', 'agrees'], ['live-migration', 'http', 'conflicts'],
    ['http', 'winrm', 'agrees'], ['http', 'rd-web', 'agrees'], ['smb', 'rd-web', 'conflicts'], ['rdp', 'stun', 'conflicts'], ['netbios-ssn', 'smb', 'agrees'], ['unspecified', 'http', 'unknown'], ['http', null, 'unknown'], ['http', 'never-heard-of', 'unknown'],
  ] as const)('a row of %s and %s on the wire: %s', (document, observed, agreement) => {
    expect(compatible(document, observed)).toBe(agreement);
  });

  it('agree with themselves under every name', () => {
    for (const word of protocolWords) {
      for (const name of [word.id, ...(word.synonyms ?? [])]) {
        expect(resolveProtocol(name)).toBe(word.id);
        expect(compatible(word.id, name)).toBe(word.id === 'unspecified' ? 'unknown' : 'agrees');
      }
    }
  });

  it('own their registered ports alone', () => {
    expect(ownerOfPort('tcp', 636)?.id).toBe('ldaps');
    expect(ownerOfPort('udp', 3343)?.id).toBe('cluster');
    expect(ownerOfPort('tcp', 443)).toBeUndefined();
    const owned = protocolWords.flatMap((word) => (word.ports ?? []).filter((port) => port.exclusive).map((port) => `${port.transport}/${port.port}`));
    expect(new Set(owned).size).toBe(owned.length);
    expect(nearestProtocol('kerbros')).toBe('kerberos');
  });
});

describe('the nearest word', () => {
  it('is the word itself, is found after one slip, and is none for noise', () => {
    const words = roleWords.map((word) => word.id).filter((word) => word.length > 5);
    fc.assert(fc.property(fc.constantFrom(...words), fc.nat(), (word, at) => {
      const cut = at % word.length;
      expect(nearest(word, words)).toBe(word);
      expect(nearest(word.slice(0, cut) + word.slice(cut + 1), words)).toBeDefined();
    }));
    expect(nearest('zzzzzz', words)).toBeUndefined();
    expect(nearest('x'.repeat(100_000), words)).toBeUndefined();
  });
});
