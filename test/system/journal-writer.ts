// The process that is killed: appends for ever, and says on stdout what append has promised.
import { openBlobStore } from '../../src/journal/blob/blob.ts';
import { parseBlobPlace } from '../../src/journal/blob/place.ts';
import { openSqliteStore } from '../../src/journal/sqlite.ts';

const [file = '', run = ''] = process.argv.slice(2);
const access = { accountKey: process.env['DRILLMASTER_JOURNAL_KEY'] ?? '' };
const store = file.startsWith('http')
  ? await openBlobStore({ place: parseBlobPlace(file), access })
  : openSqliteStore(file);
const journal =
  (await store.find(run)) === undefined
    ? await store.create({ run, drill: 'd', openedAt: 0, plan: '{}' })
    : await store.take(run);
const GROUP = 5;

for (let round = 0; ; round++) {
  const events = Array.from({ length: GROUP }, (_, index) => ({
    at: Date.now(),
    body: { type: 'abort.requested', as: 'writer', reason: `round ${round} event ${index}` } as const,
  }));
  await journal.keepHandle('step', round, `handle ${round}`);
  const placed = await journal.append(events);
  // Written at once and not buffered: a kill must not take back what was said before it.
  await new Promise((resolve) => process.stdout.write(`${placed.at(-1)?.seq} ${round}\n`, resolve));
}
