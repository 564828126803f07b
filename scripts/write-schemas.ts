// Writes the JSON Schemas that editors and other programs read: `node scripts/write-schemas.ts`. A test holds the files to the code.
import { writeFileSync } from 'node:fs';
import * as z from 'zod';
import { drillJsonSchema } from '../src/definition/json-schema.ts';
import { resultSchema } from '../src/model/result.ts';

/** The contract of result.json as JSON Schema, draft 7. */
export function resultJsonSchema(): Readonly<Record<string, unknown>> {
  return { ...z.toJSONSchema(resultSchema, { target: 'draft-7' }), title: 'The result of a drill of drillmaster' };
}

/** Path from the root of the repository → text of the file. */
export const schemaFiles = (): Readonly<Record<string, string>> => ({
  'drills/drill.schema.json': asText(drillJsonSchema()),
  'docs/result.schema.json': asText(resultJsonSchema()),
});

const asText = (schema: unknown) => `${JSON.stringify(schema, undefined, 2)}\n`;

if (import.meta.main)
  for (const [path, text] of Object.entries(schemaFiles())) writeFileSync(new URL(`../${path}`, import.meta.url), text);
