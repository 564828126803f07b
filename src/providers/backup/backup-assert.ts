import * as z from 'zod';
import { itemPath } from '../azure/backup/protected-machine.ts';
import { pointFacts, usablePoints } from '../azure/backup/recovery-points.ts';
import { defineCheck } from '../check-action.ts';
import { claim } from '../claims.ts';
import { expectationOver, judge } from '../expectation.ts';
import { MACHINE_TYPE, resourceInput, VAULT_TYPE } from '../resource-input.ts';

/** Looks at the recovery points that could be restored now, and restores none. */
export const backupAssert = defineCheck({
  name: 'backup/assert',
  title: 'Check the recovery points of a protected machine',
  input: z.strictObject({
    vault: resourceInput(VAULT_TYPE),
    machine: resourceInput(MACHINE_TYPE).describe('The protected machine'),
    expect: expectationOver('usablePoints', 'largestGapMs', 'newestAgeMs', 'consistency').describe(
      'CEL over usablePoints (how many), largestGapMs between two of them, newestAgeMs and consistency (of the newest); null where there are too few',
    ),
  }),
  reads: ({ vault, machine }) => [vault, machine],
  claims: (given) => [
    claim('the recovery points that the vault lists', [
      { fault: 'corrupt-resource', path: `${itemPath(given)}/recoveryPoints`, parts: ['body.value'], change: 'less' },
    ]),
  ],
  permissions: [
    'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/read',
  ],
  typicalMs: 2000,
  judge: async (given, { world, signal, now }) => {
    const points = await usablePoints(given, world, signal);
    return judge(given.expect, {
      // The clock of the service may be ahead of ours: a point of its present is none of our future.
      ...pointFacts(points, Math.max(now(), points.at(-1)?.takenAt ?? 0)),
      consistency: points.at(-1)?.consistency ?? null,
    });
  },
});
