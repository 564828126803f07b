import type { Issue, Path } from './problem.ts';
import type { Subject } from './subject.ts';

/** An objective needs something that takes the system away, and something that measures how it comes back. */
export function checkObjectives({ definition }: Subject): readonly Issue[] {
  const { objectives, disruption, probes, canaries } = definition;
  const observes = (observers: readonly { readonly system: string }[], system: string) =>
    observers.some((observer) => observer.system === system);
  return objectives.flatMap(({ system, rto, rpo }, index) => {
    const path = (key: string): Path => ['objectives', index, key];
    return [
      ...unless(rto !== undefined || rpo !== undefined, ['objectives', index], 'rto or rpo', 'neither'),
      ...unless(
        rto === undefined || disruption.length > 0,
        path('rto'),
        'steps under disruption, because RTO counts from there',
        'none',
      ),
      ...unless(
        rpo === undefined || disruption.length > 0,
        path('rpo'),
        'steps under disruption, because RPO counts from there',
        'none',
      ),
      ...unless(
        rto === undefined || observes(probes, system),
        path('rto'),
        `a probe of ${system}, because RTO is measured with one`,
        'none',
      ),
      ...unless(
        rpo === undefined || observes(canaries, system),
        path('rpo'),
        `a canary of ${system}, because RPO is measured with one`,
        'none',
      ),
    ];
  });
}

const unless = (isRight: boolean, path: Path, expected: string, found: string): readonly Issue[] =>
  isRight ? [] : [{ path, message: `expected ${expected}, found ${found}` }];
