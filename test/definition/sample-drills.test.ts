// The drills that come with the product are what people copy: reports name steps by their titles.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const FOLDER = resolve(import.meta.dirname, '../../drills');
const PHASES = ['disruption', 'recovery', 'verification', 'restoration'] as const;
type Steps = readonly { readonly id: string; readonly title?: string }[];

const drills = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => ({ name, drill: parse(readFileSync(join(FOLDER, name), 'utf8')) as Record<string, Steps> }));

describe('the drills in drills/', () => {
  it.each(drills)('$name has a title for every step', ({ drill }) => {
    const steps = PHASES.flatMap((phase) => drill[phase] ?? []);
    expect(steps.length).toBeGreaterThan(0);
    expect(steps.filter(({ title }) => title === undefined).map(({ id }) => id)).toEqual([]);
  });
});
