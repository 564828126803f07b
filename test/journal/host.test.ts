import { expect, it } from 'vitest';
import { thisHost } from '../../src/journal/blob/host.ts';

it('is another place on a clone of the same name, or after a restart', () => {
  expect(thisHost('boot 1').place).toBe(thisHost('boot 1').place);
  expect(thisHost('boot 1').place).not.toBe(thisHost('boot 2').place);
  expect(thisHost('boot 1').name).toBe(thisHost('boot 2').name);
});

it('knows its own place only where the system tells nothing of boots', () => {
  expect(thisHost('').place).toBe(thisHost('').place);
  expect(thisHost('').place).not.toMatch(/ {2}/);
});
