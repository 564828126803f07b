import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drillMachine } from '../../src/statechart/drill-machine.ts';
import { chartMermaid } from '../../src/statechart/mermaid.ts';
import { stepMachine } from '../../src/statechart/step-machine.ts';
import { drillPlan, failover } from './drills.ts';

describe('the chart of a drill', () => {
  it('is Markdown with three Mermaid diagrams', async () => {
    await expect(`${chartMermaid(failover)}\n`).toMatchFileSnapshot(join(import.meta.dirname, 'golden', 'failover.md'));
  });

  it('names every state of both machines', () => {
    const text = chartMermaid(failover);
    const phases = Object.keys(drillMachine.root.states['phases']?.states ?? {});
    expect(phases).toHaveLength(10);
    for (const phase of phases) expect(text).toMatch(new RegExp(`phases_${phase}: |as phases_${phase} `));
    for (const state of Object.keys(stepMachine.root.states)) {
      const shown = state === 'succeeded' ? 'done' : state;
      expect(text).toContain(`\n  ${shown}: ${shown}\n`);
    }
  });

  it('draws no arrow inside a box except where the box begins and ends', () => {
    const boxed = chartMermaid(failover)
      .split('\n')
      .filter((line) => line.startsWith('    ') && line.includes('-->'));
    expect(boxed.filter((line) => !line.includes('[*]'))).toEqual([]);
  });

  it('leaves out phases without steps', () => {
    const text = chartMermaid(drillPlan(failover.steps.filter(({ phase }) => phase === 'recovery')));
    expect(text).toContain('subgraph recovery');
    expect(text).not.toContain('subgraph disruption');
    expect(text).not.toContain('==>');
  });
});
