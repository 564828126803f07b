// Recovery Services vaults of a world: what they protect, how often a recovery point is taken, and how many are kept.
import * as z from 'zod';
import { parseDuration } from '../../model/duration.ts';
import { missing, type WorldIssue } from './world-issues.ts';

const PROTECTED_MAX = 20;
const EVERY_MS_MIN = 1000;
const EVERY_MS_MAX = 24 * 3600 * 1000;
const KEPT_MAX = 50;
const KEPT_DEFAULT = 10;

const every = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= EVERY_MS_MIN && ms <= EVERY_MS_MAX) return ms;
  context.addIssue({
    code: 'custom',
    message: `expected an ISO 8601 duration between ${EVERY_MS_MIN} ms and ${EVERY_MS_MAX} ms, found "${text}"`,
  });
  return z.NEVER;
});

const protection = z.strictObject({
  machine: z.string().min(1),
  /** A point is taken when the world comes up, and then this often. */
  every,
  /** How a scheduled point is taken: agreed with the application, or as if the power failed. */
  consistency: z.enum(['application', 'crash']).default('application'),
  /** Older points are removed when there are more. */
  keep: z.int().min(1).max(KEPT_MAX).default(KEPT_DEFAULT),
});

export const recoveryVaultSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z][A-Za-z0-9-]{1,49}$/, 'expected a letter, then letters, digits and hyphens'),
  group: z.string().min(1),
  region: z.string().min(1),
  policy: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]{2,149}$/, 'expected the name of a backup policy')
    .default('DefaultPolicy'),
  protects: z.array(protection).max(PROTECTED_MAX).default([]),
});

type Vaults = readonly z.infer<typeof recoveryVaultSchema>[];
interface Around {
  readonly recoveryVaults: Vaults;
  readonly machines: readonly { readonly name: string; readonly region: string }[];
}

/** A vault protects machines of its own region, and each machine is protected once. */
export function checkVaults({ recoveryVaults, machines }: Around): readonly WorldIssue[] {
  const seen = new Set<string>();
  return recoveryVaults.flatMap(({ region, protects }, at) =>
    protects.flatMap(({ machine }, nth): readonly WorldIssue[] => {
      const path = ['recoveryVaults', at, 'protects', nth, 'machine'];
      const found = machines.find(({ name }) => name === machine);
      if (found === undefined)
        return missing(
          path,
          'a machine',
          machine,
          machines.map(({ name }) => name),
        );
      if (found.region !== region)
        return [{ path, message: `expected a machine in ${region}, where the vault is, found one in ${found.region}` }];
      if (seen.has(machine)) return [{ path, message: `expected each machine once, found "${machine}" again` }];
      seen.add(machine);
      return [];
    }),
  );
}
