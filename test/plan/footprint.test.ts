import { describe, expect, it } from 'vitest';
import { footprints, sharedResource } from '../../src/plan/footprint.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { PRIMARY, planOf, REPLICA } from '../report/run-builder.ts';
import { plannedStep } from './planned-step.ts';

const on = (name: string, scope: readonly string[]): Plan => ({
  ...planOf(),
  environment: { ...planOf().environment, name },
  scope,
  steps: [],
});
const parentOf = (child: Plan): Plan => ({
  ...on('rehearsal', []),
  steps: [plannedStep('one', { child: { file: 'drills/child.yaml', plan: child, endsAfterMs: 1 } })],
});

describe('what two runs can touch', () => {
  it('is shared on one twin, and never on two', () => {
    expect(sharedResource(on('a', [PRIMARY]), on('a', [`${PRIMARY}/databases/orders`]))).toBe(PRIMARY);
    expect(sharedResource(on('a', [PRIMARY]), on('b', [PRIMARY]))).toBeUndefined();
    expect(sharedResource(on('a', [PRIMARY]), on('a', [REPLICA]))).toBeUndefined();
  });

  it('is shared on Azure whatever the environment is called, because an id is one resource there', () => {
    const azure = (name: string): Plan => ({
      ...on(name, [PRIMARY]),
      environment: { ...on(name, []).environment, kind: 'azure' },
    });
    expect(sharedResource(azure('production'), azure('prod-weu'))).toBe(PRIMARY);
    expect(sharedResource(azure('a'), on('a', [PRIMARY]))).toBeUndefined();
  });

  it('is, for a drill that runs others, what those touch in their own worlds', () => {
    const parent = parentOf(on('a', [PRIMARY]));
    expect(footprints(parent)).toEqual([{ environment: 'twin a', resource: PRIMARY }]);
    expect(sharedResource(on('a', [PRIMARY]), parentOf(parent))).toBe(PRIMARY);
    expect(sharedResource(on('rehearsal', [PRIMARY]), parent)).toBeUndefined();
  });
});
