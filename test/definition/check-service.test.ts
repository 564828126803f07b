import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { fakeAction, fakeCatalogue, SUBSCRIPTION } from './catalogue.ts';
import { edited, problemsOf } from './drill-text.ts';

const TYPE = 'Microsoft.DBforPostgreSQL/flexibleServers';
const idOf = (group: string, name: string) =>
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/${group}/providers/${TYPE}/${name}`;
const PRIMARY = idOf('rg-weu', 'orders-weu');
const access = fakeAction(
  'postgres/access',
  z.strictObject({ server: z.string(), access: z.enum(['read-only', 'read-write']) }),
  {
    undo: 'reversible',
    writes: ({ server }) => [server],
    endsService: (given) => given.access === 'read-only',
    takeBack: async () => null,
  },
);
const restore = fakeAction('azure/postgresql.restore', z.strictObject({ server: z.string() }), {
  undo: 'reversible',
  writes: ({ server }) => [server],
  creates: ({ server }) => [server],
  takeBack: async () => null,
});

const step = (id: string, how: string, server = '${{ resources.primary }}') =>
  `  - { id: ${id}, uses: postgres/access, with: { server: '${server}', access: ${how} } }\n`;
const close = step('close', 'read-only');
const open = step('open', 'read-write');

/** The drill with steps at the beginning of phases. */
const problems = (more: Readonly<Record<string, string>>) => {
  const text = Object.entries(more).reduce(
    (drill, [phase, steps]) => edited(`\n${phase}:\n`, `\n${phase}:\n${steps}`, drill),
    edited('', ''),
  );
  return problemsOf(text, fakeCatalogue(access, restore));
};
const NOT_BEGUN = (server = `primary (${PRIMARY})`) =>
  `expected a postgres/access under restoration that puts ${server} back in service, because after success what recovery did stays, found none`;

describe('a step that takes a service out of use', () => {
  it('is taken at its word when a restoration step puts the same resource back in service', () => {
    expect(problems({ recovery: close, restoration: open })).toEqual([]);
  });

  it('is refused when nothing puts it back in service: after success it would stay so', () => {
    expect(problems({ recovery: close })).toEqual([`drill.yaml:23:24: ${NOT_BEGUN()}`]);
  });

  it('is refused when restoration puts another resource back in service', () => {
    const other = step('open', 'read-write', '${{ resources.replica }}');
    expect(problems({ recovery: close, restoration: other })).toEqual([`drill.yaml:23:24: ${NOT_BEGUN()}`]);
  });

  it('is refused under restoration, after which nobody puts anything back', () => {
    expect(problems({ restoration: close })).toEqual([
      `drill.yaml:29:24: expected restoration to leave everything in service, found postgres/access, which takes primary (${PRIMARY}) out of it`,
    ]);
    expect(problems({ recovery: close, restoration: step('again', 'read-only') })).toHaveLength(2);
  });

  it('needs nothing under disruption, whose end takes it back', () => {
    expect(problems({ disruption: close })).toEqual([]);
  });

  it('needs nothing for what the drill made and removes', () => {
    const made = idOf('rg-weu', 'orders-copy');
    const make = `  - { id: copy, uses: azure/postgresql.restore, with: { server: '${made}' } }\n`;
    expect(problems({ recovery: make + step('close', 'read-only', made) })).toEqual([]);
  });

  it('is refused when only the run would know what it does', () => {
    const later = step('maybe', "'${{ steps.promote.output.access }}'");
    expect(problems({ recovery: later.replace(' }\n', ', needs: [promote] }\n') })).toEqual([
      'drill.yaml:23:24: expected what postgres/access does to be known when the plan is made, found an input that only the run knows',
    ]);
  });
});
