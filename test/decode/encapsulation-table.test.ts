import { expect, it } from 'vitest';
import { Encapsulation, EncapsulationTable, NO_LAYER_ID } from '../../src/decode/encapsulation-table.js';

it('interns stacks, outermost first, and gives the same id and array again', () => {
  const table = new EncapsulationTable();
  const vlan = table.child(0, Encapsulation.vlan, 10);
  const vxlan = table.child(vlan, Encapsulation.vxlan, 5001);
  const gre = table.child(0, Encapsulation.gre, NO_LAYER_ID);
  expect(table.layers(0)).toEqual([]);
  expect(table.layers(vxlan)).toEqual([{ type: 'vlan', id: 10 }, { type: 'vxlan', id: 5001 }]);
  expect(table.layers(gre)).toEqual([{ type: 'gre' }]);
  expect(table.child(table.child(0, Encapsulation.vlan, 10), Encapsulation.vxlan, 5001)).toBe(vxlan);
  expect(table.layers(vxlan)).toBe(table.layers(vxlan));
  expect(new Set([0, vlan, vxlan, gre]).size).toBe(4);
  expect(table.count).toBe(4);
});

it('names every type', () => {
  const table = new EncapsulationTable();
  for (const [name, type] of Object.entries(Encapsulation)) expect(table.layers(table.child(0, type, 1))).toEqual([{ type: name, id: 1 }]);
});

it('keeps every stack while it grows', () => {
  const table = new EncapsulationTable();
  const ids = Array.from({ length: 5000 }, (_, i) => table.child(i % 7 === 0 ? 0 : table.count - 1, Encapsulation.vlan, i % 4096));
  const depths = ids.map((id) => table.layers(id).length);
  expect(table.count).toBeGreaterThan(4000);
  expect(new Set(depths)).toEqual(new Set([1, 2, 3, 4, 5, 6, 7]));
});

it('keeps 32-bit ids apart and unsigned', () => {
  const table = new EncapsulationTable();
  expect(table.child(0, Encapsulation.gre, 0xffffffff)).not.toBe(table.child(0, Encapsulation.gre, NO_LAYER_ID));
  expect(table.layers(table.child(0, Encapsulation.gre, 0xfffffffe))).toEqual([{ type: 'gre', id: 0xfffffffe }]);
});

it('leaves layers out when it is full, and counts them', () => {
  const table = new EncapsulationTable(3);
  const a = table.child(0, Encapsulation.mpls, 1);
  const b = table.child(a, Encapsulation.mpls, 2);
  expect(table.child(b, Encapsulation.mpls, 3)).toBe(b);
  expect(table.child(0, Encapsulation.mpls, 1)).toBe(a);
  expect([table.count, table.refused]).toEqual([3, 1]);
});
