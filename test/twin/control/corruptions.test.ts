import { describe, expect, it } from 'vitest';
import { Refusal, resourceNotFound } from '../../../src/twin/control/arm-reply.ts';
import { Corruptions } from '../../../src/twin/control/corruption/corruptions.ts';
import type { Planted } from '../../../src/twin/control/data-plane.ts';

const REAL = { 'one.example': { host: '127.0.0.1', port: 1 } };
const PATH = '/subscriptions/s/resourceGroups/g/providers/P/t/name;1';

function underTest(plant: () => Promise<Planted> = () => Promise.reject(new Error('no door here'))) {
  return new Corruptions({ hosts: () => REAL, doors: { plant } });
}
const resource = (parts: string[], change: 'other' | 'less' = 'other') => ({
  ...{ fault: 'corrupt-resource' as const, path: PATH, parts, change },
});
const answer = async () => ({ status: 200, body: { properties: { state: 'Ready' } } });

describe('corruption of the control plane', () => {
  it('is shown to a GET of the path, in any case and encoding, and to nothing else', async () => {
    const corruptions = underTest();
    await corruptions.start(resource(['body.properties.state']));
    const asked = PATH.toUpperCase().replace(';', '%3B');
    const corrupted = { status: 200, body: { properties: { state: 'corrupted Ready' } } };
    expect(await corruptions.shown('GET', asked, answer)).toEqual(corrupted);
    expect(await corruptions.shown('PATCH', PATH, answer)).toEqual(await answer());
    expect(await corruptions.shown('GET', `${PATH}/replicas`, answer)).toEqual(await answer());
  });

  it('is gone when it is taken back', async () => {
    const corruptions = underTest();
    const { id } = await corruptions.start(resource(['status']));
    expect((await corruptions.shown('GET', PATH, answer)).status).toBe(404);
    expect(await corruptions.end(id)).toBe(true);
    expect(await corruptions.shown('GET', PATH, answer)).toEqual(await answer());
    expect(await corruptions.end(id)).toBe(false);
    expect(corruptions.active()).toEqual([]);
  });

  it('lets an absent resource answer', async () => {
    const corruptions = underTest();
    await corruptions.start(resource(['status']));
    const absent = () => Promise.reject(resourceNotFound('P/t', 'name', 'g'));
    expect(await corruptions.shown('GET', PATH, absent)).toMatchObject({ status: 200 });
  });

  it('answers a name with another record, or not at all', async () => {
    const corruptions = underTest();
    expect(corruptions.answer('shop.example', 'A')).toBeUndefined();
    const { id } = await corruptions.start({
      ...{ fault: 'corrupt-name', name: 'shop.example', type: 'A', change: 'other' },
    });
    expect(corruptions.answer('SHOP.example', 'A')?.answers).toMatchObject([{ type: 'A', value: '192.0.2.1' }]);
    await corruptions.end(id);
    await corruptions.start({ fault: 'corrupt-name', name: 'shop.example', type: 'A', change: 'absent' });
    expect(corruptions.answer('shop.example', 'A')).toMatchObject({ status: 'NXDOMAIN', answers: [] });
  });

  it('leads a host to its door until it is taken back', async () => {
    const ended: string[] = [];
    const hosts = { 'one.example': { host: '127.0.0.1', port: 2 } };
    const corruptions = underTest(async () => ({
      hosts,
      planted: 'closed',
      end: async () => void ended.push('door'),
    }));
    const { id, planted } = await corruptions.start({ fault: 'corrupt-host', host: 'one.example', change: 'closed' });
    expect([planted, corruptions.hosts()]).toEqual(['closed', hosts]);
    await corruptions.end(id);
    expect([ended, corruptions.hosts()]).toEqual([['door'], REAL]);
  });

  it('refuses what could not be planted, and says why', async () => {
    const refusal = await underTest()
      .start({ fault: 'corrupt-host', host: 'one.example', change: 'closed' })
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(Refusal);
    expect(refusal).toMatchObject({ status: 409, code: 'CorruptionFailed', message: 'no door here' });
  });
});
