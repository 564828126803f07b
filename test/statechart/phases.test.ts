import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../src/model/events.ts';
import { createKernel } from '../../src/statechart/index.ts';
import {
  abort,
  approval,
  closed,
  declared,
  evaluated,
  fired,
  held,
  opened,
  ready,
  started,
  succeeded,
} from './bodies.ts';
import {
  check,
  DETECTION_TIMEOUT_MS,
  drillPlan,
  failover,
  fault,
  probe,
  recovery,
  restore,
  STABILITY_TIMEOUT_MS,
} from './drills.ts';
import { asked, machineOf, outcome, sent, statuses } from './run-questions.ts';
import { drive } from './world.ts';

const needs = (required: number) =>
  drillPlan([recovery('one')], { approvals: { required, roles: ['lead'], expiresMs: 1 } });
const inOrder = (
  plan: Parameters<typeof machineOf>[0],
  ...events: Parameters<ReturnType<typeof machineOf>['tell']>[0][]
) => {
  const machine = machineOf(plan);
  for (const event of events) machine.tell(event);
  return machine;
};

describe('preflight', () => {
  it('is asked for when the run is opened', () => {
    expect(machineOf(failover).tell(opened)).toEqual({ effects: [{ type: 'preflight' }], changed: true });
  });

  it('that refuses ends the run as not ready, without touching anything', () => {
    const run = drive(failover, { ready: false });
    expect(outcome(run)).toBe('not-ready');
    expect(run.effects.map(({ effect }) => effect.type)).toEqual(['preflight', 'observe-end', 'evaluate', 'close']);
  });
});

describe('approval', () => {
  it('is not asked for where nobody has to approve', () => {
    const machine = inOrder(needs(0), opened);
    expect(machine.tell(ready).effects).toEqual([{ type: 'observe' }, { type: 'hold-baseline' }]);
  });

  it('waits for as many different people as are required', () => {
    const machine = inOrder(needs(2), opened, ready, approval('ada'));
    expect(machine.tell(approval('ada'))).toEqual({ effects: [], changed: false });
    expect(machine.view().phase).toBe('approval');
    machine.tell(approval('bob'));
    expect(machine.view().phase).toBe('baseline');
  });

  it('is given for everybody by an automatic approval', () => {
    const automatic = approval('drillmaster', { automatic: true });
    expect(inOrder(needs(3), { ...opened, unattended: true } as EventBody, ready, automatic).view().phase).toBe(
      'baseline',
    );
  });

  it('is never automatic in a run that was not opened as unattended', () => {
    expect(() => inOrder(needs(1), opened, ready, approval('drillmaster', { automatic: true }))).toThrow(
      /is automatic, and the run was not opened as unattended/,
    );
  });

  it('does not count what was said before anybody was asked', () => {
    const machine = inOrder(needs(1), opened, approval('ada'), ready);
    expect(machine.view().phase).toBe('approval');
    expect(machine.tell(approval('ada')).changed).toBe(true);
    expect(machine.view().phase).toBe('baseline');
  });

  it('that is declined ends the run as aborted, without touching anything', () => {
    const run = drive(failover, { people: [{ as: 'ada' }, { as: 'bob', decision: 'declined' }] });
    expect(outcome(run)).toBe('aborted');
    expect(asked(run, 'observe')).toEqual([]);
    expect(sent(run)).toEqual([]);
  });

  it('is still open after a restart, with what was said already', () => {
    const run = drive(failover);
    const afterOne = run.events.findIndex(({ type }) => type === 'approval.decided') + 1;
    expect(outcome(drive(failover, { people: [{ as: 'person-1' }] }, run.events.slice(0, afterOne)))).toBe('passed');
  });
});

describe('baseline', () => {
  it('that does not hold is cleaned up and ends as not ready', () => {
    const run = drive(failover, { held: false });
    expect(outcome(run)).toBe('not-ready');
    expect(asked(run, 'clean')).toHaveLength(1);
    expect(asked(run, 'prove')).toHaveLength(1);
    expect(sent(run)).toEqual([]);
  });
});

describe('the declaration', () => {
  const plan = drillPlan([fault('lose'), recovery('promote')]);
  const disrupted = () => inOrder(plan, opened, ready, held, started('lose'), succeeded('lose'));

  it('stands between disruption and recovery', () => {
    const machine = disrupted();
    expect(machine.view().phase).toBe('declaration');
    expect(machine.tell(declared).effects).toEqual([
      { type: 'cancel-timer', timer: 'detection' },
      { type: 'send', step: 'promote', attempt: 1 },
    ]);
  });

  it('is waited for until detection is given up', () => {
    const machine = inOrder(plan, opened, ready, held, started('lose'));
    expect(machine.tell(succeeded('lose'), 5_000).effects).toEqual([
      { type: 'cancel-timer', timer: 'timeout:lose:1' },
      { type: 'await-declaration' },
      { type: 'timer', timer: 'detection', deadline: 5_000 + DETECTION_TIMEOUT_MS },
    ]);
  });

  it('that nobody makes sends the drill back without recovery', () => {
    const run = drive(plan, { detected: false });
    expect(outcome(run)).toBe('failed');
    expect(statuses(plan, run)).toEqual({ lose: 'undone', promote: 'pending' });
  });

  it('comes too late after detection was given up', () => {
    const machine = disrupted();
    machine.tell(fired('detection'));
    expect(machine.tell(declared).changed).toBe(false);
  });

  it('is not waited for where nothing was disrupted', () => {
    const run = drive(restore);
    expect(asked(run, 'await-declaration')).toEqual([]);
    expect(outcome(run)).toBe('passed');
  });

  it('is not reached when the disruption fails', () => {
    const run = drive(plan, { steps: { lose: ['fails'] } });
    expect(asked(run, 'await-declaration')).toEqual([]);
    expect(statuses(plan, run)).toEqual({ lose: 'undone', promote: 'pending' });
    expect(outcome(run)).toBe('failed');
    const refused = drive(plan, { steps: { lose: ['refused'] } });
    expect(statuses(plan, refused)).toEqual({ lose: 'failed', promote: 'pending' });
  });
});

describe('verification', () => {
  const plan = drillPlan([recovery('one')], { probes: [probe('a'), probe('b')] });
  const verifying = () => inOrder(plan, opened, ready, held, started('one'));
  const stable = (id: string) => ({ type: 'probe.stable', probe: id, since: 0, until: 1 }) as const;

  it('waits for every probe of the plan, until the stability timer', () => {
    const machine = verifying();
    const { effects } = machine.tell(succeeded('one'), 1_000);
    expect(effects).toContainEqual({ type: 'await-stability' });
    expect(effects).toContainEqual({ type: 'timer', timer: 'stability', deadline: 1_000 + STABILITY_TIMEOUT_MS });
    expect(machine.tell(stable('a')).changed).toBe(true);
    expect(machine.tell(stable('a')).changed).toBe(false);
    expect(machine.tell(stable('somebody-else')).changed).toBe(false);
    expect(machine.view().phase).toBe('verification');
    expect(machine.tell(stable('b')).effects).toContainEqual({ type: 'cancel-timer', timer: 'stability' });
    expect(machine.view().path).toBe('success');
  });

  it('does not take an early answer for a later one', () => {
    const machine = verifying();
    expect(machine.tell(stable('a')).changed).toBe(false);
  });

  it('fails when it never becomes stable', () => {
    const run = drive(failover, { unstable: ['shop'] });
    expect(outcome(run)).toBe('failed');
    expect(run.view.path).toBe('failure');
  });

  it('lets its checks end after stability was given up, and does not ask for it again', () => {
    const both = drillPlan([check('slow')], { probes: [probe('a')] });
    const machine = inOrder(both, opened, ready, held, started('slow'), fired('stability'));
    expect(machine.view().phase).toBe('verification');
    expect(machine.open()).not.toContainEqual({ type: 'await-stability' });
    machine.tell(succeeded('slow'));
    expect(machine.view().path).toBe('failure');
  });

  it('fails when a canary cannot be read back', () => {
    const run = drive(restore, { unreadable: ['files'] });
    expect(outcome(run)).toBe('failed');
    expect(run.view.status('rows')).toBe('succeeded');
  });

  it('fails when a check is stuck', () => {
    expect(outcome(drive(restore, { steps: { rows: ['unknown-before'] } }))).toBe('stuck');
  });
});

describe('an event that is impossible where the run stands', () => {
  const kernel = createKernel(failover);
  const at = { seq: 9, at: 9 };

  it.each([
    ['before the run was opened', [], ready, 'impossible-event'],
    ['because the run is open', [opened], opened, 'impossible-event'],
    ['because the plan has no such step', [opened], started('nobody'), 'unknown-step'],
    [
      'because the plan has no such step',
      [opened],
      { type: 'undo.started', step: 'nobody', attempt: 1, requestId: 'id' },
      'unknown-step',
    ],
  ] as const)('is refused %s and changes nothing', (_, before, event, code) => {
    const machine = inOrder(failover, ...before);
    const state = machine.plain();
    expect(() => machine.tell(event)).toThrow(expect.objectContaining({ name: 'StatechartError', code }));
    expect(machine.plain()).toEqual(state);
  });

  it.each([closed, abort, ready, { type: 'run.resumed', by: 'somebody' }] as const)(
    'is refused after the end: $type',
    (event) => {
      const { state } = drive(failover);
      expect(() => kernel.decide(state, { ...event, ...at })).toThrow(/came after run.closed/);
    },
  );

  it('does not set an outcome before the run is judged', () => {
    const machine = inOrder(failover, opened);
    const before = machine.plain();
    expect(machine.tell(evaluated).changed).toBe(false);
    expect(machine.plain()).toEqual(before);
  });

  it.each<EventBody>([
    { type: 'clock.stepped', wallMinusMonotonicMs: 2_000 },
    { type: 'probe.readings', probe: 'shop', readings: [] },
    { type: 'canary.writes', canary: 'shop', writes: [] },
    { type: 'run.resumed', by: 'somebody' },
    { type: 'twin.faster', operations: [] },
    fired('nothing'),
    fired('timeout:nobody:1'),
  ])('differs from one that is only kept: $type', (event) => {
    expect(inOrder(failover, opened).tell(event)).toEqual({ effects: [], changed: false });
  });
});

describe('the end of a run', () => {
  it('closes with the outcome that it was judged to have', () => {
    const run = drive(failover);
    expect(asked(run, 'close')).toEqual([{ type: 'close', outcome: 'passed' }]);
    expect(run.view).toMatchObject({ phase: 'closed', closed: true, aborted: false, path: 'success', stuck: [] });
  });

  it('asks for every effect of the phases once', () => {
    const run = drive(failover);
    for (const type of [
      'preflight',
      'ask-approval',
      'observe',
      'hold-baseline',
      'await-declaration',
      'await-stability',
      'collect-canaries',
      'clean',
      'prove',
      'observe-end',
      'evaluate',
      'close',
    ] as const)
      expect(asked(run, type), type).toHaveLength(1);
  });
});
