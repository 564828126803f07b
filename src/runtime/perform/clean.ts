import type { PlannedCanary } from '../../plan/plan.ts';
import { canaryOf, contextOf, type Run } from '../run.ts';
import { repeated } from '../wait.ts';
import { errorDataOf } from './step-work.ts';

/** Removes what the drill's canaries made, and says what still stands. */
export async function clean(run: Run): Promise<void> {
  await run.observers.closeCanaries();
  const results = await Promise.all(run.plan.canaries.map((canary) => removeOne(run, canary)));
  const removed = results.flatMap((result) => result.removed);
  const leftOvers = results.flatMap((result) => result.leftOvers);
  await run.submit({ type: 'restoration.cleaned', removed, leftOvers });
}

interface Cleaned {
  readonly removed: readonly string[];
  readonly leftOvers: readonly string[];
}

/** A removal that failed is followed by a look all the same: the look says what stands, the removal only why. */
async function removeOne(run: Run, canary: PlannedCanary): Promise<Cleaned> {
  const limits = limitsOf(run, canary);
  const context = (signal: AbortSignal) => contextOf(run, canary.id, { kind: 'canary', signal });
  const removal = await settle(`removing canary ${canary.id}`, () =>
    repeated(limits, async (signal) => {
      const part = canaryOf(run, canary);
      return part.remove(part.input.parse(canary.with), context(signal));
    }),
  );
  const look = await settle(`looking for left-overs of canary ${canary.id}`, () =>
    repeated(limits, async (signal) => {
      const part = canaryOf(run, canary);
      return part.leftOvers(part.input.parse(canary.with), context(signal));
    }),
  );
  const leftOvers = look.ok ? look.items : [look.failure];
  return {
    removed: removal.ok ? removal.items : [],
    leftOvers: removal.ok || leftOvers.length === 0 ? leftOvers : [...leftOvers, removal.failure],
  };
}

function limitsOf({ limits, over }: Run, canary: PlannedCanary) {
  const { canaryReadMs: ms, canaryAttempts: attempts, canaryBackoffMs: backoffMs } = limits;
  return { ms, attempts, backoffMs, signal: over, what: `removing canary ${canary.id}` };
}

type Settled =
  | { readonly ok: true; readonly items: readonly string[] }
  | { readonly ok: false; readonly failure: string };

async function settle(what: string, work: () => Promise<readonly string[]>): Promise<Settled> {
  try {
    return { ok: true, items: await work() };
  } catch (error) {
    return { ok: false, failure: `${what} failed: ${errorDataOf(error).message}` };
  }
}
