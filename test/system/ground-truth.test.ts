// For the sample drill: what it counts as lost is what the dead primary had acknowledged and the new primary does not have.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { EventBody } from '../../src/model/events.ts';
import { type DrillResult, resultSchema } from '../../src/model/result.ts';
import { canaryOnKeptDisk } from './kept-disk.ts';
import { FAILOVER, OPERATION } from './region-failover-drill.ts';
import { makeWorkspace, type TestWorkspace } from './workspace.ts';

let workspace: TestWorkspace | undefined;

afterEach(async () => {
  await workspace?.remove();
  workspace = undefined;
});

describe('the loss that a drill counts', () => {
  it.each([
    { latencyMs: 50, everyMs: 1 },
    { latencyMs: 300, everyMs: 2 },
    { latencyMs: 1000, everyMs: 5 },
  ])('is what the dead disk shows, at $latencyMs ms and a write every $everyMs ms', async ({ latencyMs, everyMs }) => {
    const name = `truth-${latencyMs}`;
    workspace = makeWorkspace(name, {
      drill: {
        'canaries.0.every': `PT${everyMs / 1000}S`,
        'probes.0.stableFor': 'PT2S',
        'objectives.0.rpo': 'PT30S',
        timing: { baseline: 'PT3S' },
      },
      world: {
        'links.0.latency': `PT${latencyMs / 1000}S`,
        operations: { [`${OPERATION} [forced]`]: 'PT2S', [`${OPERATION} [planned]`]: 'PT2S', [FAILOVER]: 'PT1S' },
      },
    });
    await workspace.up();
    const ran = await workspace.run('run', workspace.drill, '--yes', '--rehearsal', '--json');
    expect(ran.status, ran.stderr + ran.stdout).toBe(0);
    const { evidence, ...result } = JSON.parse(ran.stdout) as DrillResult & { evidence: string };
    const { rpo } = resultSchema.parse(result).systems[0] ?? expect.fail('no system was measured');
    const { acknowledged, present } = writesOf(evidence);
    const onDisk = await canaryOnKeptDisk(workspace.state, name, 'orders-db-weu', result.run);
    const gone = onDisk.filter((sequence) => !present(sequence));
    const truth = gone.filter((sequence) => acknowledged.has(sequence));

    expect(truth.length).toBeGreaterThan(0);
    expect(rpo.lost).toBe(truth.length);
    // Nothing that was acknowledged is missing from the disk of the server that acknowledged it.
    const acknowledgedAndGone = [...acknowledged].filter((sequence) => !present(sequence)).toSorted((a, b) => a - b);
    expect(acknowledgedAndGone).toEqual(truth);
    // The rest of the difference was never acknowledged.
    expect(gone.length - truth.length).toBeLessThanOrEqual(rpo.inDoubt ?? -1);
    // A busy machine writes late, and says how much wider its uncertainty is for it.
    expect(Math.abs((rpo.actualMs ?? 0) - latencyMs)).toBeLessThan(latencyMs / 2 + 100 + (rpo.uncertaintyMs ?? 0));
  });
});

function writesOf(evidence: string) {
  const events = readFileSync(join(evidence, 'events.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as EventBody);
  const acknowledged = new Set<number>();
  const ranges: (readonly [number, number])[] = [];
  for (const event of events) {
    if (event.type === 'canary.survivors') ranges.push(...event.present);
    if (event.type === 'canary.writes')
      for (const [sequence, , at] of event.writes) if (at !== null) acknowledged.add(sequence);
  }
  return {
    acknowledged,
    present: (sequence: number) => ranges.some(([from, to]) => sequence >= from && sequence <= to),
  };
}
