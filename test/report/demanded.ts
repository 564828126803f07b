// What a run of the built region failover must have on record to have passed, written down without any of the code that judges runs.
import type { DrillEvent, EventBody } from '../../src/model/events.ts';
import { START } from './run-builder.ts';

type Of<Type extends EventBody['type']> = Extract<DrillEvent, { readonly type: Type }>;

/** Names of what is missing; empty when the record has everything. */
export function missingIn(events: readonly DrillEvent[]): readonly string[] {
  const last = <Type extends EventBody['type']>(type: Type, is: (event: Of<Type>) => boolean = () => true): number =>
    events.findLastIndex((event) => event.type === type && is(event as Of<Type>));
  const first = <Type extends EventBody['type']>(type: Type, is: (event: Of<Type>) => boolean = () => true): number =>
    events.findIndex((event) => event.type === type && is(event as Of<Type>));
  const done = (step: string) => first('step.succeeded', (event) => event.step === step);
  const recovered = Math.max(done('promote'), done('steer'));
  const proof = events[last('restoration.proved')];
  const cleaned = events[last('restoration.cleaned')];
  const stable = events[first('probe.stable')];
  const verified = Math.max(done('shop-answers'), done('no-holes'), first('probe.stable'), first('canary.survivors'));
  const isPresent = survivorsIn(events);
  const written = new Set(
    events.flatMap((event) => (event.type === 'canary.writes' ? event.writes.map(([n]) => n) : [])),
  );
  const demands: Readonly<Record<string, boolean>> = {
    'a preflight that was ready': first('preflight.finished', ({ ready }) => ready) !== -1,
    'no preflight that was not': last('preflight.finished', ({ ready }) => !ready) === -1,
    'an approval': first('approval.decided', ({ decision }) => decision === 'approved') !== -1,
    'a baseline that was held': first('baseline.finished', ({ held }) => held) !== -1,
    'no baseline that was not': last('baseline.finished', ({ held }) => !held) === -1,
    'the disruption': done('lose-west-europe') !== -1,
    'a declaration': first('declaration.made') !== -1,
    'the recovery': done('promote') !== -1 && done('steer') !== -1,
    'both checks': done('shop-answers') !== -1 && done('no-holes') !== -1,
    'checks after the recovery':
      done('no-holes') > recovered &&
      !events.slice(0, recovered).some((event) => 'step' in event && event.step === 'no-holes'),
    'a stable window after the recovery': first('probe.stable') > recovered,
    'canaries read back after the recovery': first('canary.survivors') > recovered,
    'the end of the disruption': first('undo.succeeded') !== -1,
    'the way back': ['reseed', 'switch-back', 'steer-back'].every((step) => done(step) !== -1),
    'the clean-up': cleaned !== undefined,
    'a proof after everything that restoration did':
      last('restoration.proved') >
      Math.max(last('restoration.cleaned'), last('undo.succeeded'), last('step.started'), done('steer-back')),
    'no proof that denies itself': last('restoration.proved', ({ proved }) => !proved) !== last('restoration.proved'),
    'a proof that shows everything': proof?.type === 'restoration.proved' && standsIn(proof),
    'readings that bear the stable window':
      stable?.type === 'probe.stable' &&
      isWell(events, stable.since, Math.max(stable.until, events[verified]?.at ?? 0)),
    'readings that bear the end': isWell(events, START + 54_100, START + 58_700),
    'every write around the loss, or its survival': Array.from({ length: 280 }, (_, n) => n).every(
      (n) => written.has(n) || isPresent(n),
    ),
  };
  return Object.keys(demands).filter((name) => !demands[name]);
}

const standsIn = ({ inventory = [] }: Of<'restoration.proved'>) =>
  inventory.length === 3 && inventory.every(({ facts }) => facts['present'] !== false);

function survivorsIn(events: readonly DrillEvent[]): (sequence: number) => boolean {
  const found = events.findLast(({ type }) => type === 'canary.survivors');
  const present = found?.type === 'canary.survivors' ? found.present : [];
  return (sequence) => present.some(([from, until]) => sequence >= from && sequence <= until);
}

/** Looked at every second at the least, and never found failing. */
function isWell(events: readonly DrillEvent[], from: number, until: number): boolean {
  const readings = events
    .flatMap((event) => (event.type === 'probe.readings' ? event.readings : []))
    .filter(([sent]) => sent >= from && sent <= until);
  const sent = readings.map(([at]) => at).sort((a, b) => a - b);
  const isWatched = [from, ...sent, until].every(
    (at, index, all) => index === 0 || at - (all[index - 1] ?? at) <= 1000,
  );
  return isWatched && readings.every(([, , healthy]) => healthy);
}
