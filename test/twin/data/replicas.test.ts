// Copies of disks in another region: whole, paid for with time, and none when there is no way.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LinkSettings } from '../../../src/twin/control/data-plane.ts';
import type { Machine } from '../../../src/twin/control/machine-plane.ts';
import { createReplicaStore } from '../../../src/twin/data/siterecovery/replica-store.ts';

let folder: string;
let link: LinkSettings;
const down = new Set<string>();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drillmaster-replicas-'));
  mkdirSync(join(folder, 'disk', 'documents'), { recursive: true });
  writeFileSync(join(folder, 'disk', 'documents', '1.json'), 'x'.repeat(10_000));
  link = { between: ['west', 'north'], latencyMs: 10, bandwidthKbps: null, cut: false };
  down.clear();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const machine: Machine = { name: 'a', group: 'g', region: 'west', subnet: undefined, running: true, disk: 'a-data' };
const store = () =>
  createReplicaStore({
    folder,
    machines: {
      find: (name) => (name === 'a' ? machine : undefined),
      snapshot: async (_, into) => {
        await cp(join(folder, 'disk'), into, { recursive: true });
        return { takenAt: 1000 };
      },
    },
    links: { list: () => [link] },
    isUp: (region) => !down.has(region),
  });
const take = (to = 'north', name = 'a') => store().take(name, to, 'crash', AbortSignal.timeout(10_000));
const left = () => (existsSync(join(folder, 'replicas')) ? readdirSync(join(folder, 'replicas')) : []);

describe('a replica', () => {
  it('is a whole copy, until it is removed', async () => {
    const { id, takenAt } = await take();
    expect(takenAt).toBe(1000);
    expect(readFileSync(join(store().folder(id), 'documents', '1.json'), 'utf8')).toHaveLength(10_000);
    await store().remove(id);
    expect(left()).toEqual([]);
  });

  it('takes as long as the link needs for its bytes', async () => {
    // 10,000 bytes at 400 kbit/s.
    link = { ...link, bandwidthKbps: 400 };
    const began = performance.now();
    await take();
    expect(performance.now() - began).toBeGreaterThan(195);
  });

  it.each([
    ['the link is cut', () => Object.assign(link, { cut: true })],
    ['the source is lost', () => down.add('west')],
    ['the target is lost', () => down.add('north')],
  ])('is none when %s', async (_, lose) => {
    lose();
    await expect(take()).rejects.toMatchObject({ code: 'unreachable' });
    expect(left()).toEqual([]);
  });

  it('is none when the source is lost while it is on its way', async () => {
    link = { ...link, latencyMs: 300 };
    const taking = take();
    setTimeout(() => down.add('west'), 50);
    await expect(taking).rejects.toMatchObject({ code: 'unreachable' });
    expect(left()).toEqual([]);
  });

  it('is none of an unknown machine, and none to a region without a link', async () => {
    await expect(take('north', 'b')).rejects.toMatchObject({ code: 'unknown-machine' });
    await expect(take('south')).rejects.toMatchObject({ code: 'unreachable' });
  });
});
