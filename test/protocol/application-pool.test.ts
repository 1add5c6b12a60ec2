import { expect, it } from 'vitest';
import type { Application } from '../../src/flow/inspection.js';
import { ApplicationPool } from '../../src/protocol/application-pool.js';

const said = (protocol: string, facts: Application['facts'], confidence: Application['confidence'] = 'payload'): Application => ({ protocol, confidence, facts });

it('what says the same has one number, however much was said in between; in another order it is another, shown as it was told', () => {
  const pool = new ApplicationPool();
  const first = pool.share(said('smb', { dialect: '3.1.1', tree: ['a', 'b'], encrypted: true }));
  for (let i = 0; i < 20_000; i++) pool.share(said('smb', { dialect: '3.1.1', tree: ['a', `b${i}`], user: `user ${i}` }));
  expect(pool.share(said('smb', { dialect: '3.1.1', tree: ['a', 'b'], encrypted: true }))).toBe(first);
  const turned = pool.share(said('smb', { encrypted: true, tree: ['a', 'b'], dialect: '3.1.1' }));
  expect(JSON.stringify(pool.at(turned).facts)).toBe('{"encrypted":true,"tree":["a","b"],"dialect":"3.1.1"}');
  expect(pool.at(first)).toEqual(said('smb', { dialect: '3.1.1', tree: ['a', 'b'], encrypted: true }));
});

it('what differs in anything has a number of its own', () => {
  const pool = new ApplicationPool();
  const different = [
    said('smb', {}), said('smb', {}, 'port'), said('tls', {}), said('smb', { tree: ['a'] }), said('smb', { tree: ['a', 'b'] }), said('smb', { tree: ['b', 'a'] }),
    said('smb', { status: 1 }), said('smb', { status: 2 }), said('smb', { status: true }), said('smb', { status: 1, user: 'a' }), said('smb', { user: `${'a'.repeat(40)}b${'a'.repeat(40)}` }), said('smb', { user: 'a'.repeat(81) }),
  ];
  const numbers = different.map((one) => pool.share(one));
  expect(new Set(numbers).size).toBe(different.length);
  expect(different.map((one) => pool.share(one))).toEqual(numbers);
});
