// Checks of blobs against corruption at the door of real blob stores: green before, red on it, green again.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeCorruption } from '../../src/model/corruption.ts';
import { blobAssert } from '../../src/providers/blob/blob-assert.ts';
import { blobCompare } from '../../src/providers/blob/blob-compare.ts';
import type { World } from '../../src/providers/world.ts';
import type { PlantedAtDoor } from '../../src/twin/control/data-plane.ts';
import { faultSchema } from '../../src/twin/control/fault-schema.ts';
import { createDoors } from '../../src/twin/data/corruption/doors.ts';
import { accountId, type StorageUnderTest, storageUnderTest } from '../twin/data/storage-under-test.ts';

const BLOBS = 24;
let under: StorageUnderTest;
beforeAll(async () => {
  under = await storageUnderTest();
  const { container, close } = await under.container('docs');
  await container.create();
  for (let nth = 0; nth < BLOBS; nth++) {
    const text = JSON.stringify({ nth, total: 17 });
    await container.getBlockBlobClient(`${nth}.json`).upload(text, text.length);
  }
  close();
  const until = Date.now() + 10_000;
  while (await isGreen(under.world, blobCompare, compare).then((green) => !green)) if (Date.now() > until) break;
});
afterAll(() => under.close());

const place = { account: accountId('docs'), container: 'papers' };
const compare = { primary: place, copy: { ...place, endpoint: 'secondary' }, settledBefore: 'PT0S' };

/** True when the check is green, false when it judges false; what else it throws is thrown. */
async function isGreen(world: World, check: typeof blobCompare, input: object): Promise<boolean> {
  try {
    await check.start(check.input.parse(input), { ...under.context(), world });
    return true;
  } catch (error) {
    if ((error as { readonly code?: string }).code === 'check-failed') return false;
    throw error;
  }
}

/** What of a check's claims turns it red, each on its own, and what does not. */
async function tryAll(check: typeof blobCompare, input: object) {
  const { hosts } = under.world.connection;
  const doors = createDoors({ databases: {} as never, hosts: () => hosts, certificates: under.certificates });
  const found: Record<string, boolean> = {};
  for (const { plants } of check.claims?.(check.input.parse(input), under.world.environment) ?? [])
    for (const given of plants) {
      const planted = await doors.plant(faultSchema.parse(given) as PlantedAtDoor);
      const connection = { ...under.world.connection, hosts: { ...hosts, ...planted.hosts } };
      found[describeCorruption(given)] = !(await isGreen({ ...under.world, connection }, check, input));
      await planted.end();
    }
  expect(await isGreen(under.world, check, input)).toBe(true);
  return found;
}

describe('corruption of blobs', () => {
  it('is found by a comparison of the copy: lost and altered blobs', async () => {
    const where = '(secondary endpoint, papers)';
    expect(await tryAll(blobCompare, compare)).toEqual({
      [`one blob is lost ${where}`]: true,
      [`half of the blobs are lost ${where}`]: true,
      [`all blobs are lost ${where}`]: true,
      [`some contents are altered ${where}`]: true,
      [`contents are altered ${where}`]: true,
    });
  }, 60_000);

  it('is found by a condition over a list as far as it says something, and not by one that is always true', async () => {
    const sharp = await tryAll(blobAssert, { ...place, expect: `count == ${BLOBS} && newest.ageSeconds < 3600` });
    expect(Object.values(sharp)).toEqual([true, true, true, true, true]);
    const weak = await tryAll(blobAssert, { ...place, expect: 'count >= 0' });
    expect(Object.values(weak)).toEqual([false, false, false, false, false]);
  });

  it('is found in the content of one blob', async () => {
    const given = { ...place, blob: '7.json', expect: 'json.total == 17' };
    const where = '(primary endpoint, papers)';
    expect(await tryAll(blobAssert, given)).toEqual({
      [`contents are altered ${where}`]: true,
      [`every blob is a year older ${where}`]: false,
    });
  });
});
