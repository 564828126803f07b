import { describe, expect, it } from 'vitest';
import { runDrill } from '../../src/runtime/run-drill.ts';
import { drillOf, story } from './drill-builder.ts';

describe('runDrill', () => {
  it('takes a drill through all phases', async () => {
    const drill = drillOf();
    await expect(runDrill(drill.options)).resolves.toBe('passed');
    expect(story(drill.events())).toEqual([]);
  });
});
