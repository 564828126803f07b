import { expect, it } from 'vitest';
import { releaseMemory } from '../../../src/twin/data/postgres/release-memory.ts';
import { powerOff } from '../../../src/twin/process/power-off.ts';
import { databasesUnderTest, ONE } from './databases-under-test.ts';
import { memoryOf, stillThere } from './shared-memory.ts';

it('gives back what a server held that lost its power', async () => {
  const bench = databasesUnderTest(1);
  try {
    await bench.databases.createPrimary(ONE);
    const [pid = 0] = bench.registry.list().map((entry) => entry.pid);
    const segments = memoryOf(pid);
    expect(segments.map((name) => name.replace(/\d+$/, ''))).toEqual(
      expect.arrayContaining(['sysv ', '/dev/shm/PostgreSQL.']),
    );
    powerOff([pid]);
    await expect.poll(() => bench.registry.list()).toEqual([]);
    expect(stillThere(segments)).toEqual(segments);
    releaseMemory(bench.folder);
    expect(stillThere(segments)).toEqual([]);
  } finally {
    await bench.remove();
  }
});
