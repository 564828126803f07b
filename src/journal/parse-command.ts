// Commands that come from where others can write: what is none is told from what is one.
import * as z from 'zod';
import { ANSWERS } from '../model/events.ts';
import type { CommandBody } from './command.ts';

const TEXT_LENGTH_MAX = 100_000;
const text = z.string().max(TEXT_LENGTH_MAX);
const ofStep = { as: text, step: text, reason: text };

/** Every type has its shape, so that no command is ever passed over because it is new. */
const SHAPES: Readonly<Record<CommandBody['type'], z.ZodType<CommandBody>>> = {
  abort: z.strictObject({ type: z.literal('abort'), as: text, reason: text }),
  approve: z.strictObject({
    type: z.literal('approve'),
    as: text,
    role: text,
    decision: z.enum(['approved', 'declined']),
    note: text.exactOptional(),
    planDigest: text,
  }),
  accept: z.strictObject({ type: z.literal('accept'), as: text, resource: text, reason: text }),
  attest: z.strictObject({
    type: z.literal('attest'),
    as: text,
    role: text,
    verdict: z.enum(['passed', 'not-passed']),
    note: text,
  }),
  declare: z.strictObject({ type: z.literal('declare'), as: text, role: text.exactOptional(), reason: text }),
  pause: z.strictObject({ type: z.literal('pause'), as: text, reason: text }),
  resume: z.strictObject({ type: z.literal('resume'), as: text }),
  skip: z.strictObject({ type: z.literal('skip'), ...ofStep }),
  retry: z.strictObject({ type: z.literal('retry'), ...ofStep }),
  answer: z.strictObject({
    type: z.literal('answer'),
    as: text,
    role: text,
    step: text,
    item: z.int(),
    result: z.enum(ANSWERS),
    note: text,
  }),
};

/** Reads a command from its JSON. Undefined: it is none. */
export function parseCommand(json: string): CommandBody | undefined {
  try {
    const found: unknown = JSON.parse(json);
    const { type } = (found ?? {}) as { type?: unknown };
    const shape = Object.entries(SHAPES).find(([name]) => name === type)?.[1];
    return shape?.safeParse(found).data;
  } catch {
    return undefined;
  }
}
