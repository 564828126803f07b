import { describe, expect, it } from 'vitest';
import { heldToBaseline } from '../../src/plan/held.ts';
import { plannedStep } from './planned-step.ts';

const GROUP = '/subscriptions/s/resourceGroups/rg';
const idOf = (name: string) => `${GROUP}/providers/Microsoft.DBforPostgreSQL/flexibleServers/${name}`;

describe('what must be at the end as it was at the baseline', () => {
  it('is the scope, and what steps write to in a resource group that the scope names, each once', () => {
    const steps = [
      plannedStep('one', { writes: [idOf('primary'), GROUP] }),
      plannedStep('two', { writes: [idOf('PRIMARY')] }),
    ];
    expect(heldToBaseline({ scope: [GROUP], steps })).toEqual([GROUP, idOf('primary')]);
  });

  it('is not what the drill makes, which must be gone', () => {
    const steps = [
      plannedStep('make', { creates: [idOf('copy')] }),
      plannedStep('close', { writes: [idOf('copy'), `${idOf('copy')}/databases/orders`] }),
    ];
    expect(heldToBaseline({ scope: [idOf('primary')], steps })).toEqual([idOf('primary')]);
  });
});
