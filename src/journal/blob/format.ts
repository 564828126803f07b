import type * as z from 'zod';
import { JournalError } from '../journal-error.ts';

/** Of what a run has beside its lines. */
export const FORMAT_VERSION = 1;

/** What a blob of this format holds. Throws JournalError `unreadable` or `format-version`. */
export function parseFormat<T>(bytes: Buffer, name: string, schema: z.ZodType<T>, what: string): T {
  let found: unknown;
  try {
    found = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new JournalError('unreadable', `${name}: expected JSON, found something else`, { cause });
  }
  const { formatVersion } = (found ?? {}) as { formatVersion?: unknown };
  if (formatVersion !== FORMAT_VERSION)
    throw new JournalError(
      'format-version',
      `${name}: expected journal format ${FORMAT_VERSION}, found ${String(formatVersion)}`,
    );
  const { success, data, error: cause } = schema.safeParse(found);
  if (!success) throw new JournalError('unreadable', `${name}: expected ${what}, found other members`, { cause });
  return data;
}
