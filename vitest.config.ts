import { defineConfig } from 'vitest/config';

// Pure tests share one module graph and run in a second; tests that spawn processes or listen are isolated and run four files at a time: they mostly wait.
const real = ['test/{twin,cli,providers,system}/**/*.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'pure',
          include: ['test/**/*.test.ts'],
          exclude: real,
          isolate: false,
          // They take a second in all; a machine with other work may take many.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'real',
          include: real,
          testTimeout: 300_000,
          hookTimeout: 120_000,
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
