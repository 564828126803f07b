import { defineConfig } from 'vitest/config';

// Pure tests share one module graph and run in a second; tests that spawn processes or listen are isolated and run two files at a time: they mostly wait.
const real = ['test/{twin,cli,providers,system}/**/*.test.ts'];

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'pure', include: ['test/**/*.test.ts'], exclude: real, isolate: false } },
      {
        test: {
          name: 'real',
          include: real,
          testTimeout: 120_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
