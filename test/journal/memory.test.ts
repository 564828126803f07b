import type { JournalStore } from '../../src/journal/journal.ts';
import { openMemoryStore } from '../../src/journal/memory.ts';
import type { Writers } from '../../src/journal/writer.ts';
import { journalSuite } from './suite.ts';

journalSuite('the memory journal', () => {
  // One store is one process; the other processes of a test see it through a changing view of who "self" is.
  let current: Writers | undefined;
  const store = openMemoryStore({
    get self() {
      return current?.self ?? { pid: 0, startedAt: '' };
    },
    isAlive: (writer) => current?.isAlive(writer) ?? true,
  });
  return (writers): JournalStore => {
    const asSelf =
      <Args extends unknown[], Result>(call: (...args: Args) => Result) =>
      (...args: Args): Result => {
        current = writers;
        return call(...args);
      };
    return {
      ...store,
      create: asSelf(store.create),
      take: asSelf(store.take),
      runs: asSelf(store.runs),
      find: asSelf(store.find),
    };
  };
});
