// A journal that was taken is given back whatever fails before the run is at work: nobody else could take it otherwise.
import { expect, it } from 'vitest';
import type { DrillOptions } from '../../src/runtime/run-drill.ts';
import { reopenDrill, resumeDrill, runDrill } from '../../src/runtime/run-drill.ts';
import { drillOf } from './drill-builder.ts';

const reopened = { type: 'run.reopened', for: 'evaluation', as: 'dana', reason: 'look again' } as const;
const ways: Readonly<Record<string, (options: DrillOptions) => Promise<unknown>>> = {
  begun: runDrill,
  'taken over': resumeDrill,
  'taken up again': (options) => reopenDrill(options, reopened),
};
const failures: Readonly<Record<string, () => Promise<never[]>>> = {
  'cannot be read': () => Promise.reject(new RangeError('the disk does not answer')),
  'has no event': async () => [],
};

for (const [how, way] of Object.entries(ways))
  for (const [what, events] of Object.entries(failures))
    it(`a run that is ${how} whose record ${what} is given back`, async () => {
      const { options } = drillOf();
      const released: unknown[] = [];
      const release = async (outcome: string | null) => void released.push(outcome);
      await expect(way({ ...options, journal: { ...options.journal, events, release } })).rejects.toThrow();
      expect(released).toEqual([null]);
    });
