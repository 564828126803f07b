import { stepsOfFamily } from './family.ts';
import type { Plan } from './plan.ts';

/** A page that nobody looked at for this long may describe a world that is gone. */
const REVIEW_DAYS_MAX = 365;
const MS_PER_DAY = 86_400_000;

/** What does not keep a drill from running and should be known before. `now` is epoch ms. */
export function planWarnings(plan: Pick<Plan, 'steps'>, now: number): readonly string[] {
  const pages = new Map(
    stepsOfFamily(plan).flatMap(({ page }) => (page === undefined ? [] : [[page.file, page] as const])),
  );
  return [...pages.values()].flatMap(({ file, owner, reviewed }) => {
    const days = Math.floor((now - Date.parse(reviewed)) / MS_PER_DAY);
    return days <= REVIEW_DAYS_MAX
      ? []
      : [`${file} was last reviewed on ${reviewed}, ${days} days ago; its owner is ${owner}`];
  });
}
