import * as z from 'zod';
import { drillSchema } from './schema.ts';

/** The drill format as JSON Schema (draft 7, which editors know best), for completion and checks while writing. */
export function drillJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(drillSchema, { io: 'input', target: 'draft-7' });
  return { ...schema, title: 'A drill of drillmaster' };
}
