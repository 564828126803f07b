import { describe, expect, it } from 'vitest';
import { orchestratorGaps } from '../../src/report/orchestrator-gaps.ts';
import { buildRun, ending, place, START, timedAt } from './run-builder.ts';

const resumed = (at: number) => timedAt(at, { type: 'run.resumed', by: 'process 2' });
const gapsOf = (...timed: Parameters<typeof place>[0]) =>
  orchestratorGaps(place(timed)).map(({ from, to }) => [from - START, to - START]);

describe('the gaps of an orchestrator', () => {
  const opened = timedAt(0, { type: 'preflight.finished', ready: true, findings: [] });
  const looked = timedAt(900, { type: 'probe.readings', probe: 'shop', readings: [] });

  it('are none when one process drove the run to its end', () => {
    expect(orchestratorGaps(buildRun().events)).toEqual([]);
  });

  it('last from the last event of the process that died to the take-over', () => {
    expect(gapsOf(opened, looked, resumed(5000))).toEqual([[900, 5000]]);
  });

  it('are told apart when a process died as soon as it had taken over', () => {
    expect(gapsOf(opened, resumed(5000), resumed(9000))).toEqual([
      [0, 5000],
      [5000, 9000],
    ]);
  });

  it('leave out the time in which the run was closed', () => {
    const again = timedAt(90_000, { type: 'run.reopened', for: 'restoration', as: 'dana', reason: 'the lock is gone' });
    const closed = ending('stuck', []);
    expect(gapsOf(opened, ...closed, resumed(80_000))).toEqual([]);
    expect(gapsOf(opened, ...closed, again, resumed(95_000))).toEqual([[90_000, 95_000]]);
  });

  it('are none in an empty record', () => {
    expect(orchestratorGaps([])).toEqual([]);
  });
});
