import type { Client } from 'pg';
import { expect, it } from 'vitest';
import { standing } from '../../src/providers/postgres/canary-table.ts';
import { rejection } from './world-builder.ts';

/** A table that stands at the first look; the second look ends with an error of PostgreSQL. */
const vanishing = (code: string) =>
  ({
    query: async (text: string) => {
      if (text.includes('to_regclass')) return { rows: [{ stands: true }] };
      throw Object.assign(new Error('of the server'), { code });
    },
  }) as unknown as Client;

it('a canary table that goes between two looks stands no more', async () => {
  expect(await standing(vanishing('42P01'), 'canary', 'run-1')).toEqual({ own: [], others: [] });
});

it('a canary table that may not be looked at is no empty one', async () => {
  expect(await rejection(standing(vanishing('42501'), 'canary', 'run-1'))).toMatchObject({ code: '42501' });
});
