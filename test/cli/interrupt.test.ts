// Signals to a run at work, with a process that a test plays.
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { onInterrupt } from '../../src/cli/interrupt.ts';
import type { EventBody } from '../../src/model/events.ts';
import {
  abort,
  declared,
  held,
  opened,
  ready,
  reopened,
  started,
  succeeded,
  undoFailed,
} from '../statechart/bodies.ts';
import { drillPlan, fault, recovery } from '../statechart/drills.ts';

const DATABASE = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Test/things/db';
const GROUP = '/subscriptions/s/resourceGroups/rg-made';
const plan = drillPlan([
  fault('lose', [], { writes: [DATABASE] }),
  recovery('make', [], { creates: [GROUP] }),
  recovery('promote', ['make'], { writes: [DATABASE] }),
]);
const BEGUN = [opened, ready, held, started('lose'), succeeded('lose')];
const RECOVERING = [...BEGUN, declared, started('make'), succeeded('make'), started('promote')];

class Exit extends Error {}

/** Sends signals to a run of these events. */
function interrupted(bodies: readonly EventBody[], { isRestored = false } = {}) {
  const process = Object.assign(new EventEmitter(), {
    exit: (status: number): never => {
      exits.push(status);
      throw new Exit();
    },
  });
  const exits: number[] = [];
  const said: string[] = [];
  const terminal = {
    out: () => undefined,
    err: (text: string) => void said.push(text),
    interactive: false,
    forPeople: false,
    screen: undefined,
  };
  const interrupt = onInterrupt({ run: 'run-1', plan, terminal, isRestored, process: process as never });
  let seq = 0;
  const tell = (...more: readonly EventBody[]) => {
    for (const body of more) {
      seq += 1;
      interrupt.onEvent({ ...body, seq, at: seq });
    }
  };
  const send = (...signals: readonly string[]) => {
    for (const signal of signals)
      try {
        process.emit(signal, signal);
      } catch (error) {
        if (!(error instanceof Exit)) throw error;
      }
  };
  tell(...bodies);
  return { interrupt, process, exits, said, send, tell };
}

describe('the first signal', () => {
  it.each([
    ['SIGINT', 'interrupted at the terminal'],
    ['SIGTERM', 'asked to end (SIGTERM)'],
    ['SIGHUP', 'the terminal was closed (SIGHUP)'],
  ])('aborts the run in good order: %s', (signal, reason) => {
    const { interrupt, exits, said, send } = interrupted(RECOVERING);
    send(signal);
    expect(interrupt.signal.reason).toMatchObject({ message: reason });
    expect(said).toEqual(['aborting: what was sent is waited for, then restoration runs']);
    expect(exits).toEqual([]);
  });

  it('aborts no run that is restored after its end', () => {
    const { interrupt, exits, said, send } = interrupted([...BEGUN], { isRestored: true });
    send('SIGINT');
    expect(interrupt.signal.aborted).toBe(false);
    expect(said).toEqual(['restoration is running; once more leaves it unfinished']);
    expect(exits).toEqual([]);
  });
});

describe('the second signal', () => {
  it('before restoration says what is waited for, and the third one leaves the run as it is', () => {
    const { exits, said, send } = interrupted([...RECOVERING]);
    send('SIGINT', 'SIGINT');
    expect(exits).toEqual([]);
    expect(said[1]).toBe(
      [
        'what was sent is still waited for, and restoration has not begun; once more leaves the run as it is:',
        `  the disruption of step lose stands on ${DATABASE}`,
        `  what step make created stands: ${GROUP}`,
        `  step promote is at work on ${DATABASE}`,
      ].join('\n'),
    );
    send('SIGINT');
    expect(exits).toEqual([130]);
    expect(said[2]).toContain(
      'nothing of its record is lost: drillmaster resume run-1 goes on, drillmaster abort run-1 restores',
    );
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])('within restoration says what is left and leaves at once: %s', (signal, status) => {
    const { exits, said, send, tell } = interrupted(BEGUN);
    send(signal);
    tell(abort);
    send(signal);
    expect(exits).toEqual([status]);
    expect(said[1]).toBe(
      [
        'leaving run-1 unfinished in phase restoration; what is left:',
        `  step lose is being taken back on ${DATABASE}`,
        'nothing of its record is lost: drillmaster resume run-1 goes on, drillmaster abort run-1 restores',
      ].join('\n'),
    );
  });

  it('leaves at once before anything was touched', () => {
    const { exits, said, send } = interrupted([]);
    send('SIGTERM', 'SIGTERM');
    expect(exits).toEqual([143]);
    expect(said[1]).toContain('nothing was disrupted or created');
  });

  it('of a run that was taken up again names what is stuck', () => {
    const stuck: readonly EventBody[] = [
      ...BEGUN,
      abort,
      undoFailed('lose'),
      { type: 'restoration.cleaned', removed: [], leftOvers: [] },
      { type: 'restoration.proved', proved: true, differences: [], leftOvers: [] },
      { type: 'evaluation.finished', outcome: 'stuck', reasons: [] },
      { type: 'run.closed', outcome: 'stuck' },
      reopened('restoration'),
      undoFailed('lose', 2),
    ];
    const { exits, said, send } = interrupted(stuck, { isRestored: true });
    send('SIGINT', 'SIGINT');
    expect(exits).toEqual([130]);
    expect(said[1]).toContain(`  step lose is stuck on ${DATABASE}`);
  });
});

describe('a run that is over', () => {
  it('leaves the signals to others', () => {
    const { interrupt, process } = interrupted([]);
    expect(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => process.listenerCount(signal))).toEqual([1, 1, 1]);
    interrupt.close();
    expect(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => process.listenerCount(signal))).toEqual([0, 0, 0]);
  });
});
