// Child drills in the plan for a person who decides: each with what it may touch and whom it asks, because approving the parent approves it.
import { formatDuration } from '../model/duration.ts';
import { blastRadius } from './blast-radius.ts';
import { planDigest } from './digest.ts';
import { parentSteps } from './family.ts';
import type { Plan } from './plan.ts';
import { wrap } from './wrap.ts';

export interface ChildSection {
  readonly title: string;
  readonly lines: readonly string[];
}

/** One section for each child, and for each of theirs after it. `name` is the way of steps that leads there. */
export function childSections(plan: Plan, above: readonly string[] = []): readonly ChildSection[] {
  return parentSteps(plan).flatMap(({ id, child }) => {
    const way = [...above, id];
    return [
      { title: `Child drill of ${way.join(' → ')}`, lines: childLines(child.file, child.plan, child.endsAfterMs) },
      ...childSections(child.plan, way),
    ];
  });
}

const childLines = (file: string, plan: Plan, endsAfterMs: number) => [
  ...wrap(`${plan.title} (${file})`),
  ...wrap(`${plan.exercise} exercise of ${plan.systems.join(', ')}, ${plan.mode}, on ${placeOf(plan)}`),
  ...wrap(`aborted when it has not ended after ${formatDuration(endsAfterMs)}`),
  ...wrap(peopleText(plan)),
  ...blastRadius(plan).map(
    ({ resource, creators }) => `  ${resource}${creators === undefined ? '' : ' (created, and removed again)'}`,
  ),
  `  sha256 ${planDigest(plan)}`,
];

const placeOf = ({ environment: { kind, name } }: Plan) => (kind === 'twin' ? `the twin ${name}` : `Azure ${name}`);

function peopleText({ approvals: { required, roles }, declaration, steps }: Plan): string {
  const approval =
    required === 0
      ? 'it asks for no approval of its own'
      : `it asks for ${required} of ${roles.join(', ') || 'any role'}: approvals of this plan count where they fit, the rest is asked for when it begins`;
  if (!steps.some(({ phase }) => phase === 'disruption')) return approval;
  return `${approval}; recovery is declared ${declaration.automatic ? 'automatically' : `by ${declaration.roles.join(' or ')}`}`;
}
