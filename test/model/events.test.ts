import { describe, expect, it } from 'vitest';
import { type EventBody, eventSchema } from '../../src/model/events.ts';

const error = { code: 'lost-reply', message: 'the connection broke' };
const BODIES: readonly EventBody[] = [
  {
    type: 'run.opened',
    run: 'r',
    drill: 'd',
    planDigest: '0',
    environment: { kind: 'twin', name: 'd' },
    requestedBy: 'a person',
    unattended: true,
    rehearsal: false,
    tool: 'drillmaster 0.1.0',
  },
  { type: 'step.started', step: 'promote', attempt: 1, requestId: 'u', before: { role: 'replica' } },
  { type: 'step.inspected', step: 'promote', attempt: 1, finding: 'running', detail: 'being promoted' },
  { type: 'step.failed', step: 'look', attempt: 3, error, retryable: false, check: { expected: '0', observed: '1' } },
  {
    type: 'probe.readings',
    probe: 'shop',
    readings: [
      [1, 2, true],
      [3, 4, false, 'refused'],
    ],
  },
  {
    type: 'canary.writes',
    canary: 'rows',
    writes: [
      [1, 10, 12],
      [2, 30, null],
    ],
  },
  {
    type: 'canary.survivors',
    canary: 'rows',
    present: [
      [1, 5],
      [7, 7],
    ],
  },
  { type: 'run.closed', outcome: 'passed' },
];

describe('eventSchema', () => {
  it.each(BODIES)('keeps $type as it is, through JSON and back', (body) => {
    expect(eventSchema.parse(JSON.parse(JSON.stringify(body)))).toEqual(body);
  });

  it.each([
    ['an unknown type', { type: 'run.vanished' }],
    ['attempt zero', { type: 'step.accepted', step: 'a', attempt: 0, handleDigest: '0' }],
    [
      'a finding that does not exist',
      { type: 'step.inspected', step: 'a', attempt: 1, finding: 'perhaps', detail: '' },
    ],
    ['an instant that is not whole', { type: 'probe.stable', probe: 'shop', since: 1.5, until: 2 }],
    ['an outcome that does not exist', { type: 'run.closed', outcome: 'fine' }],
    ['an output that is no JSON', { type: 'step.succeeded', step: 'a', attempt: 1, output: Number.NaN }],
  ])('refuses %s', (_, body) => {
    expect(eventSchema.safeParse(body).success).toBe(false);
  });
});
