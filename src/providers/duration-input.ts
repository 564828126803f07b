import * as z from 'zod';
import { parseDuration } from '../model/duration.ts';

/** An ISO 8601 duration as an input of an action; milliseconds once it is parsed. */
export const durationInput = (what: string, minimumMs: number, maximumMs: number) =>
  z
    .string({ error: 'expected an ISO 8601 duration, as in PT2M or PT0.25S' })
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms !== undefined && ms >= minimumMs && ms <= maximumMs) return ms;
      const limits = `between ${minimumMs} ms and ${maximumMs} ms`;
      context.addIssue({ code: 'custom', message: `expected an ISO 8601 duration ${limits}, found "${text}"` });
      return z.NEVER;
    })
    .describe(what);
