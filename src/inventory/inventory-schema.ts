/** The inventory as a person writes it in YAML or JSON (docs/catalog.md). Imports zod. */
import { z } from 'zod';
import { role, type IssueParams } from '../catalog/document-schema.js';
import { addressBits, networkBits, withoutHostBits } from './address-bits.js';
import { networkUses } from './inventory.js';

const address = z.string().superRefine((written, context) => {
  if (addressBits(written) === undefined) context.addIssue({ code: 'custom', message: `"${written}" is no IP address`, params: { fault: 'wrong-address' } satisfies IssueParams });
}).meta({ examples: ['10.0.0.5', 'fd00::5'] });

const network = z.string().superRefine((written, context) => {
  const wrong = wrongNetwork(written);
  if (wrong !== undefined) context.addIssue({ code: 'custom', message: wrong.text, params: { fault: 'wrong-network', nearest: wrong.nearest } satisfies IssueParams });
}).meta({ examples: ['10.0.0.0/24', 'fd00::/64'] });

/** One word or a list of them. */
function oneOrMore<T extends z.ZodType>(item: T) {
  return z.preprocess((written) => (typeof written === 'string' ? [written] : written), z.array(item)).meta({ description: 'One, or a list.' });
}

const host = z.strictObject({
  name: z.string().min(1).optional(),
  addresses: oneOrMore(address).optional(),
  roles: oneOrMore(role).optional(),
});

const networkEntry = z.strictObject({
  name: z.string().min(1).optional(),
  network,
  roles: oneOrMore(role).optional(),
  use: z.enum(networkUses).optional().meta({ description: 'Which network of the Hyper-V hosts in it this is.' }),
});

export const inventorySchema = z.strictObject({
  hosts: z.array(host).optional(),
  networks: z.array(networkEntry).optional(),
}).meta({ title: 'portwitness inventory' });

/** What a large inventory may be cut at. */
export const inventoryItems = { hosts: host, networks: networkEntry } as const;

export const inventoryKeys: readonly string[] = [inventorySchema, host, networkEntry].flatMap((schema) => Object.keys(schema.shape));

/** What is wrong with a CIDR text; `undefined` when nothing is. */
export function wrongNetwork(written: string): { readonly text: string; readonly nearest?: string | undefined } | undefined {
  if (networkBits(written) === undefined) return { text: `"${written}" is no network: write 10.0.0.0/24 or fd00::/64` };
  const meant = withoutHostBits(written);
  return meant === undefined ? undefined : { text: `"${written}" is an address with a prefix, not a network`, nearest: meant };
}
