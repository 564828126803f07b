// A child drill can be planned, has the time that it needs, and does not get in the way of another one. Its own file was checked by itself.
import type { Action } from '../model/action.ts';
import type { ChildCall, ListedChild } from '../model/child.ts';
import { formatDuration } from '../model/duration.ts';
import { overlap } from '../model/resource-id.ts';
import type { PlacedStep } from './placed-steps.ts';
import type { Issue } from './problem.ts';
import { durationMs } from './schema.ts';
import type { Subject } from './subject.ts';

const MS_PER_MINUTE = 60_000;

/** Without children, they are left for the plan to check. */
export function checkChildren(subject: Subject): readonly Issue[] {
  const { steps, catalogue, definition, children } = subject;
  const parents = steps.filter(({ step }) => childOf(catalogue.actions.get(step.uses), step.with) !== undefined);
  return [
    ...parents.flatMap((placed) => misplaced(placed)),
    ...(parents.length > 0 ? definition.disruption : []).map((_, index) => ({
      path: ['disruption', index, 'uses'],
      message: 'expected no disruption in a drill that runs child drills, because each of them has its own; found one',
    })),
    ...(children === undefined ? [] : parents.flatMap((placed) => wrongChild(placed, subject, children))),
    ...(children === undefined ? [] : collisions(parents, children)),
  ];
}

/** The drill that a step with this input runs as a child; of a wrong input, nothing is known. */
export function childOf(
  action: Pick<Action<unknown, never>, 'input' | 'child'> | undefined,
  given: unknown,
): ChildCall | undefined {
  if (action?.child === undefined) return undefined;
  const parsed = action.input.safeParse(given);
  return parsed.success ? action.child(parsed.data) : undefined;
}

/** Anywhere else an abort would not wait for it, or nothing would be restored after it. */
const misplaced = ({ step, phase, path }: PlacedStep): readonly Issue[] =>
  phase === 'recovery'
    ? []
    : [{ path: [...path, 'uses'], message: `expected ${step.uses} under recovery, found it under ${phase}` }];

type Children = NonNullable<Subject['children']>;

function wrongChild({ step, path }: PlacedStep, { definition }: Subject, children: Children): readonly Issue[] {
  const listed = children.get(step.id);
  const at = [...path, 'with', 'drill'];
  if (listed === undefined) return [{ path: at, message: 'expected a child drill of the workspace, found none' }];
  if ('problem' in listed) {
    const { problem, suggestion } = listed;
    return [{ path: at, message: problem, ...(suggestion === undefined ? {} : { suggestion }) }];
  }
  const { mode, forecastMs } = listed;
  const live = 'expected a child drill in mode isolated, because this one is; found one in mode live';
  // In whole minutes, rounded up: a rounded forecast would name a time-out that is refused again.
  const enoughMs = Math.ceil(forecastMs / MS_PER_MINUTE) * MS_PER_MINUTE;
  const short = `expected a timeout of at least ${formatDuration(enoughMs)}, because the child drill takes that long; found ${step.timeout}`;
  return [
    ...(definition.mode === 'isolated' && mode === 'live' ? [{ path: at, message: live }] : []),
    ...(durationMs(step.timeout) < forecastMs ? [{ path: [...path, 'timeout'], message: short }] : []),
  ];
}

/** Two children that touch the same resource would each see the other's disruption: one waits for the other. */
function collisions(parents: readonly PlacedStep[], children: Children): readonly Issue[] {
  const byId = new Map(parents.map((placed) => [placed.step.id, placed]));
  return parents.flatMap(({ step, path }, index) =>
    parents.slice(0, index).flatMap(({ step: earlier }) => {
      const shared = sharedTouch(children.get(step.id), children.get(earlier.id));
      if (shared === undefined || waitsFor(step.id, earlier.id, byId) || waitsFor(earlier.id, step.id, byId)) return [];
      const message = `expected ${step.id} to need ${earlier.id} or the other way round, because both touch ${shared}; found neither`;
      return [{ path: [...path, 'needs'], message }];
    }),
  );
}

function sharedTouch(one: ListedChild | undefined, other: ListedChild | undefined): string | undefined {
  if (one === undefined || other === undefined || 'problem' in one || 'problem' in other) return undefined;
  return one.touches.find((touch) => other.touches.some((their) => overlap(touch, their)));
}

function waitsFor(step: string, other: string, byId: ReadonlyMap<string, PlacedStep>): boolean {
  const seen = new Set([step]);
  // A set that grows while it is walked visits what was added as well.
  for (const id of seen) for (const need of byId.get(id)?.step.needs ?? []) seen.add(need);
  return seen.has(other);
}
