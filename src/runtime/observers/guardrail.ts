// Aborts the drill when it hurts what it must not hurt.
import { toErrorData } from '../../model/errors.ts';
import { parseExpression } from '../../model/expression.ts';
import type { PlannedGuardrail } from '../../plan/plan.ts';
import type { Run } from '../run.ts';

export interface Guardrail {
  /** Looks at the probes now; journals `guardrail.tripped`, once, when the condition has held for long enough. */
  readonly look: () => void;
}

export function createGuardrail(run: Run, guardrail: PlannedGuardrail): Guardrail {
  const condition = parseExpression(guardrail.when);
  let heldSince: number | undefined;
  let isTripped = false;
  let isBroken = false;
  const holds = (): boolean => {
    try {
      return guardrail.during.includes(run.view().phase) && condition.evaluate(probesOf(run)) === true;
    } catch (error) {
      // A condition that cannot be evaluated protects nobody, so it counts as true.
      if (!isBroken)
        run.log.error('a guardrail cannot be evaluated', { guardrail: guardrail.id, ...toErrorData(error) });
      isBroken = true;
      return true;
    }
  };
  return {
    look: () => {
      if (isTripped) return;
      const now = run.clock.now();
      heldSince = holds() ? (heldSince ?? now) : undefined;
      if (heldSince === undefined || now - heldSince < guardrail.forMs) return;
      isTripped = true;
      const reading = `${guardrail.when} for ${now - heldSince} ms`;
      run.background(
        async () => void (await run.submit({ type: 'guardrail.tripped', guardrail: guardrail.id, reading })),
      );
    },
  };
}

/** What conditions read: `probes.<id>.failing`, of the latest reading of each probe. */
function probesOf({ observers }: Run): Record<string, unknown> {
  const probes = [...observers.probes].map(
    ([id, probe]) => [id, { failing: probe.latest()?.healthy === false }] as const,
  );
  return { probes: Object.fromEntries(probes) };
}
