import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// Pure tests share one module graph; tests that spawn processes or listen are isolated. Six files at a time: most of them mostly wait.
const real = ['test/{twin,cli,providers,system}/**/*.test.ts'];

/** Whole drills first: they take minutes, and a long one that begins last is waited for alone. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isDrill = ({ moduleId }: TestSpecification) => moduleId.includes('/test/system/');
    return [...files.filter(isDrill), ...files.filter((file) => !isDrill(file))];
  }
}

export default defineConfig({
  test: {
    maxWorkers: 6,
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
          // They take seconds in all; a machine with other work may take many.
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: real,
          testTimeout: 300_000,
          hookTimeout: 120_000,
          // The pure ones measure time, alone.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
