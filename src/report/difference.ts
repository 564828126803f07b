// The journal keeps a difference from the baseline as a sentence; here it becomes a row again.
import { parseResourceId } from '../model/resource-id.ts';

export interface DifferenceRow {
  /** ARM id; null when the sentence is about nothing that has one. */
  readonly resource: string | null;
  readonly fact: string;
  readonly expected: string;
  readonly found: string;
}

const OF_A_FACT = /^(.*?): (.+?) expected (.*), found (.*)$/s;
const OF_A_PROBE = /^(probe .+?): expected (.*), found (.*)$/s;
const OF_A_RESOURCE = /^(\/subscriptions\/.*?): (.*)$/s;
const OTHER = /^(.+?) expected (.*), found (.*)$/s;

/** A sentence that tells of no fact becomes the fact that should not be so. */
export function differenceOf(text: string): DifferenceRow {
  const [, id = '', fact, wanted, seen] = OF_A_FACT.exec(text) ?? [];
  if (parseResourceId(id) !== undefined) return row(id, fact, wanted, seen);
  const [, probe, well, looked] = OF_A_PROBE.exec(text) ?? [];
  if (probe !== undefined) return row(null, probe, well, looked);
  const [, owner = '', sentence = ''] = OF_A_RESOURCE.exec(text) ?? [];
  if (parseResourceId(owner) !== undefined) return { ...UNTOLD, resource: owner, fact: sentence };
  const [, other, wished, met] = OTHER.exec(text) ?? [];
  return other === undefined ? { ...UNTOLD, fact: text } : row(null, other, wished, met);
}

const UNTOLD = { resource: null, expected: 'nothing of the kind', found: 'this' } as const;

const row = (resource: string | null, fact = '', expected = '', found = ''): DifferenceRow => ({
  resource,
  fact,
  expected,
  found,
});
