import * as z from 'zod';
import type { CorruptionInput, ValueChange } from '../../model/corruption.ts';
import { itemPath } from '../azure/backup/protected-machine.ts';
import { pointFacts, usablePoints } from '../azure/backup/recovery-points.ts';
import { defineCheck } from '../check-action.ts';
import { claim, claimedConditions } from '../claims.ts';
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
  claims: (given) =>
    claimedConditions(given.expect, () => claim('the recovery points that the vault lists', changedPoints(given))),
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

/** Without points there is neither an age nor a gap, and a condition over them judges nothing: those become longer, and the consistency another one. */
function changedPoints(given: Parameters<typeof itemPath>[0]): readonly CorruptionInput[] {
  const point = (part: string) => `body.value.${part}`;
  const changes: readonly (readonly [part: string, change: ValueChange])[] = [
    [point('0.properties.recoveryPointTime'), 'less'],
    [point('*.properties.recoveryPointTime'), 'less'],
    [point('*.properties.recoveryPointType'), 'other'],
    ['body.value', 'less'],
  ];
  const path = `${itemPath(given)}/recoveryPoints`;
  return changes.map(([part, change]) => ({ fault: 'corrupt-resource', path, parts: [part], change }));
}
