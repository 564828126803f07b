// Whether a command makes sense where the run stands. Asked before it is posted, so that people hear it at once, and again when it is taken.
import type { CommandBody } from '../journal/command.ts';
import { whyNoDecision, whyNoDeclaration } from '../plan/people-rules.ts';
import type { Plan } from '../plan/plan.ts';
import type { RunView } from '../statechart/kernel.ts';
import { PAUSABLE } from '../statechart/people.ts';
import { whyNotThisStep } from './step-command-rules.ts';

/** Why a command changes nothing now; undefined when it does. */
export function whyNotNow(plan: Plan, view: RunView, command: CommandBody): string | undefined {
  switch (command.type) {
    case 'abort':
      return undefined;
    case 'approve':
      return elsewhere(view, 'approval') ?? whyNoDecision({ plan, ...view }, command);
    case 'declare':
      if (plan.declaration.automatic) return whyAutomatic(plan);
      return elsewhere(view, 'declaration') ?? whyNoDeclaration(plan, view.seen, command);
    case 'pause':
      if (view.paused) return 'the run is paused already';
      return PAUSABLE.has(view.phase) && !view.aborted
        ? undefined
        : `${inPhase(view)}, where nothing waits for a pause`;
    case 'accept':
    case 'attest':
      return JUDGED.has(view.phase)
        ? `${inPhase(view)}: it is being judged already; once it is closed, say it again`
        : undefined;
    case 'resume':
      return view.paused ? undefined : 'the run is not paused';
    case 'skip':
    case 'retry':
    case 'answer':
      return whyNotThisStep(plan, view, command);
  }
}

const JUDGED: ReadonlySet<RunView['phase']> = new Set<RunView['phase']>(['evaluation', 'closed']);

const elsewhere = (view: RunView, phase: RunView['phase']) =>
  view.phase === phase ? undefined : `expected a run in phase ${phase}, found that ${inPhase(view)}`;

const inPhase = ({ phase, aborted }: RunView) =>
  `the run is in phase ${phase}${aborted ? ' and is being aborted' : ''}`;

/** A drill that runs others declares nothing itself: the decision is its child's. */
function whyAutomatic({ steps }: Plan): string {
  if (steps.some(({ phase }) => phase === 'disruption')) return 'the drill declares by itself, at detection';
  const asked = steps.find(({ child }) => child !== undefined && !child.plan.declaration.automatic);
  const instead = asked === undefined ? '' : `: its step ${asked.id} does, so declare RUN.${asked.id}`;
  return `the drill disrupts nothing, so it declares nothing${instead}`;
}
