/** The published JSON Schemas: completion and checks in editors. Imports zod. */
import { z } from 'zod';
import { documentSchema } from './document-schema.js';

/** Text by file name in docs/schema. The inventory's stands with its own stage, which this one does not know. */
export function jsonSchemas(): Readonly<Record<string, string>> {
  return { 'catalog-document.schema.json': schemaText(documentSchema) };
}

export function schemaText(schema: z.ZodType): string {
  return `${JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'ref' }), undefined, 2)}\n`;
}
