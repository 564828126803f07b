import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// Pure tests share one module graph; tests that spawn processes or listen are isolated.
const real = ['test/{twin,cli,providers,system}/**/*.test.ts'];
// What a busy machine would decide: the times and losses that drills measure, and what they hold against them.
const measured = ['test/system/{ground-truth,region-failover,verify-data}.test.ts'];

/** Whole drills first: they take minutes, and a long one that begins last is waited for alone. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isDrill = ({ moduleId }: TestSpecification) => moduleId.includes('/test/system/');
    return [...files.filter(isDrill), ...files.filter((file) => !isDrill(file))];
  }
}

const isolated = { testTimeout: 300_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    // What is waited for comes late on a busy machine.
    expect: { poll: { timeout: 60_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'pure',
          include: ['test/**/*.test.ts'],
          exclude: real,
          isolate: false,
          maxWorkers: 4,
          // They take seconds in all; a machine with other work may take many.
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: { ...isolated, name: 'measured', include: measured, maxWorkers: 3, sequence: { groupOrder: 1 } },
      },
      {
        extends: true,
        test: {
          ...isolated,
          name: 'real',
          include: real,
          exclude: measured,
          // Most of them mostly wait.
          maxWorkers: 6,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
