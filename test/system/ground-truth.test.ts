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
    const { rpo, instants } = resultSchema.parse(result).systems[0] ?? expect.fail('no system was measured');
    const { acknowledged, present } = writesOf(evidence);
    const onDisk = await canaryOnKeptDisk(workspace.state, name, 'orders-db-weu', result.run);
    const gone = onDisk.filter((sequence) => !present(sequence));
    const truth = gone.filter((sequence) => acknowledged.has(sequence));

    expect(truth.length).toBeGreaterThan(0);
    expect(rpo.lost).toBe(truth.length);
    // Nothing that was acknowledged is missing from the disk of the server that acknowledged it.
    const acknowledgedAndGone = [...acknowledged.keys()]
      .filter((sequence) => !present(sequence))
      .toSorted((a, b) => a - b);
    expect(acknowledgedAndGone).toEqual(truth);
    // The rest of the difference was never acknowledged.
    expect(gone.length - truth.length).toBeLessThanOrEqual(rpo.inDoubt ?? -1);
    // The time is that since the first loss on record, and about that of the link, but for what a busy machine writes late.
    const { actualMs, uncertaintyMs } = rpo;
    const firstLostAt = Math.min(...truth.map((sequence) => acknowledged.get(sequence) ?? Number.NaN));
    const sinceFirstLost = Math.max(0, Date.parse(instants.T0?.at ?? '') - firstLostAt);
    expect(Math.abs((actualMs ?? Number.NaN) - sinceFirstLost)).toBeLessThan(2);
    expect(uncertaintyMs).toBeLessThan(latencyMs / 2 + 500);
    expect(Math.abs((actualMs ?? 0) - latencyMs)).toBeLessThan(latencyMs / 2 + 100 + (uncertaintyMs ?? 0));
  });
});

function writesOf(evidence: string) {
  const events = readFileSync(join(evidence, 'events.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as EventBody);
  const acknowledged = new Map<number, number>();
  const ranges: (readonly [number, number])[] = [];
  for (const event of events) {
    if (event.type === 'canary.survivors') ranges.push(...event.present);
    if (event.type === 'canary.writes')
      for (const [sequence, , at] of event.writes) if (at !== null) acknowledged.set(sequence, at);
  }
  return {
    acknowledged,
    present: (sequence: number) => ranges.some(([from, to]) => sequence >= from && sequence <= to),
  };
}
