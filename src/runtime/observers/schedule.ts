/**
 * Calls `tick` on the grid start, start + wishedMs, start + 2·wishedMs, … of the monotonic clock until the returned function is called. A
 * late tick does not move the ones after it; `due` says for how many points of the grid the call stands, at least 1.
 */
export function onSchedule(wishedMs: number, tick: (due: number) => void): () => void {
  const everyMs = Math.max(wishedMs, EVERY_MS_MIN);
  const start = performance.now();
  let points = 0;
  const run = () => {
    const due = Math.floor((performance.now() - start) / everyMs) + 1 - points;
    if (due > 0) {
      points += due;
      tick(due);
    }
    timer = setTimeout(run, Math.max(0, start + points * everyMs - performance.now()));
  };
  let timer = setTimeout(run, 0);
  return () => clearTimeout(timer);
}

/** Ten thousand points a second are more than anything here can do. */
const EVERY_MS_MIN = 0.1;
