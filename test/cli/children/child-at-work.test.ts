// A child is held to what its parent is now, whichever of the two was heard last.
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { childAtWork } from '../../../src/cli/children/child-at-work.ts';
import { handedApprovals } from '../../../src/cli/children/handed-approvals.ts';
import { watchParent } from '../../../src/cli/children/parent-watch.ts';
import type { CommandBody } from '../../../src/journal/command.ts';
import type { DrillEvent, EventBody } from '../../../src/model/events.ts';
import type { Phase } from '../../../src/model/phase.ts';
import { planDigest } from '../../../src/plan/digest.ts';
import { planOf } from '../../report/run-builder.ts';

const RUN = 'parent-1.one';

function together(ms = 600_000) {
  const posted: CommandBody[] = [];
  let aborted: string | undefined;
  let paused: { as: string; reason: string } | undefined;
  const parent = {
    take: () => undefined,
    aborted: () => aborted,
    paused: () => paused,
    startedAt: () => undefined,
    childEnd: () => undefined,
    approvals: () => [],
    requestedBy: () => 'root',
  };
  const store = { post: async (_: string, command: CommandBody) => void posted.push(command) };
  const endsIn = { ms, reason: 'its parent parent-1 waited 10 min for step one' };
  const work = childAtWork({ run: RUN, parentRun: 'parent-1', parent, store, endsIn });
  let seq = 0;
  return {
    work,
    posted,
    parent: (changes: { readonly aborted?: string; readonly paused?: typeof paused | null }) => {
      if (changes.aborted !== undefined) aborted = changes.aborted;
      if (changes.paused !== undefined) paused = changes.paused ?? undefined;
      work.follow();
    },
    child: async (body: EventBody, phase: Phase) => {
      seq += 1;
      work.onEvent({ ...body, seq, at: seq } as DrillEvent, phase);
      await turn();
    },
  };
}

const ready: EventBody = { type: 'preflight.finished', ready: true, findings: [] };
const hold = { as: 'Ola', reason: 'vendor' };
const held: EventBody = { type: 'run.paused', as: 'Ola', reason: 'its parent parent-1 is held: vendor' };

describe('a child at work', () => {
  it('is aborted once its parent is, with the same words', () => {
    const { work, parent } = together();
    expect(work.signal.aborted).toBe(false);
    parent({ aborted: 'Dana: enough' });
    expect(work.signal.reason).toMatchObject({ message: 'its parent parent-1 was aborted by Dana: enough' });
    work.close();
  });

  it('is aborted when its step has waited long enough', async () => {
    const { work } = together(-1);
    await new Promise((resolve) => work.signal.addEventListener('abort', resolve));
    expect(work.signal.reason).toMatchObject({ message: 'its parent parent-1 waited 10 min for step one' });
    work.close();
  });

  it('is held as soon as it can be, once, and goes on with its parent', async () => {
    const { work, posted, parent, child } = together();
    parent({ paused: hold });
    await child(ready, 'approval');
    expect(posted).toEqual([]);
    await child(ready, 'baseline');
    await child(ready, 'baseline');
    expect(posted).toEqual([{ type: 'pause', as: 'Ola', reason: 'its parent parent-1 is held: vendor' }]);
    await child(held, 'baseline');
    parent({ paused: null });
    await turn();
    expect(posted.slice(1)).toEqual([{ type: 'resume', as: 'parent-1' }]);
    work.close();
  });

  it('is held again in the next pause', async () => {
    const { work, posted, parent, child } = together();
    await child(ready, 'recovery');
    for (let time = 0; time < 2; time += 1) {
      parent({ paused: hold });
      await child(held, 'recovery');
      parent({ paused: null });
      await child({ type: 'run.continued', as: 'parent-1' }, 'recovery');
    }
    expect(posted.map(({ type }) => type)).toEqual(['pause', 'resume', 'pause', 'resume']);
    work.close();
  });

  it('stays held by people who held it themselves', async () => {
    const { work, posted, parent, child } = together();
    await child({ type: 'run.paused', as: 'Sam', reason: 'lunch' }, 'recovery');
    parent({ paused: hold });
    parent({ paused: null });
    await turn();
    expect(posted).toEqual([]);
    work.close();
  });

  it('hears nothing once it is closed', () => {
    const { work, parent } = together();
    work.close();
    parent({ aborted: 'Dana: enough' });
    expect(work.signal.aborted).toBe(false);
  });
});

describe('approvals of a parent', () => {
  const plan = { ...planOf(), approvals: { required: 1, roles: ['dr-lead'], expiresMs: 1000 } };
  const given = (as: string, role: string, at: number) => ({ as, role, at, expiresAt: at + 9999, expired: false });

  it('hold for a child where the role fits and the child still takes them', () => {
    const approvals = [given('Dana', 'dr-lead', 5000), given('Sam', 'ops', 5000), given('Kim', 'dr-lead', 4000)];
    expect(handedApprovals('parent-1', approvals, plan, 5500)).toMatchObject([
      {
        as: 'Dana',
        role: 'dr-lead',
        decision: 'approved',
        decidedAt: 5000,
        automatic: false,
        verified: false,
        planDigest: planDigest(plan),
      },
    ]);
  });

  it('hold for a child that takes any role', () => {
    const anybody = { ...plan, approvals: { ...plan.approvals, roles: [] } };
    expect(handedApprovals('parent-1', [given('Sam', 'ops', 5000)], anybody, 5500)).toHaveLength(1);
  });
});

describe('a parent that is watched', () => {
  const opened: EventBody = {
    type: 'run.opened',
    run: 'parent-1',
    drill: 'parent',
    planDigest: planDigest(planOf()),
    environment: { kind: 'twin', name: 'parent' },
    requestedBy: 'root',
    unattended: false,
    rehearsal: false,
    tool: 'tests',
  };
  const watched = (...bodies: readonly EventBody[]) => {
    const watch = watchParent(planOf());
    for (const [index, body] of [opened, ...bodies].entries())
      watch.take({ ...body, seq: index + 1, at: index } as DrillEvent);
    return watch;
  };
  const approval: EventBody = {
    type: 'approval.decided',
    decision: 'approved',
    as: 'Dana',
    role: 'dr-lead',
    verified: false,
    automatic: false,
    planDigest: planDigest(planOf()),
  };

  it('has the approvals that count, and nobody who aborts or holds it', () => {
    const watch = watched(ready, { ...approval, as: 'root' }, approval);
    expect(watch.approvals()).toMatchObject([{ as: 'Dana' }]);
    expect([watch.aborted(), watch.paused(), watch.requestedBy()]).toEqual([undefined, undefined, 'root']);
  });

  it('hands on what was handed to it as old as it is', () => {
    const approvals = watched(ready, { ...approval, decidedAt: -500 }).approvals();
    expect(handedApprovals('parent-1', approvals, planOf(), 10)).toMatchObject([{ as: 'Dana', decidedAt: -500 }]);
  });

  it('says who holds it, and who aborts it', () => {
    const pause: EventBody = { type: 'run.paused', as: 'Ola', reason: 'vendor' };
    expect(watched(ready, approval, pause).paused()).toEqual({ as: 'Ola', reason: 'vendor' });
    expect(watched(ready, pause).paused()).toBeUndefined();
    const abort: EventBody = { type: 'abort.requested', as: 'Dana', reason: 'enough' };
    expect(watched(ready, approval, abort).aborted()).toBe('Dana: enough');
  });
});
