import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VOLATILE, volatileIn } from '../../../src/providers/configuration/volatile.ts';

const DOCUMENT = readFileSync(join(import.meta.dirname, '../../../docs/restoration-proof.md'), 'utf8');
const shown = VOLATILE.map(
  ({ type, path, why }) => `| ${type === '*' ? 'every type' : `\`${type}\``} | \`${path}\` | ${why} |`,
);

describe('the table of volatile fields', () => {
  it('stands in the documentation as it is in the program', () => {
    expect(
      DOCUMENT.split('\n').filter((line) => line.startsWith('| every type |') || /^\| `Microsoft\./.test(line)),
    ).toEqual(shown);
  });

  it('names nothing twice', () => {
    expect(new Set(shown).size).toBe(shown.length);
  });

  it('fits one member, or any number of them', () => {
    const isVolatile = volatileIn('microsoft.network/trafficmanagerprofiles');
    const monitor = ['properties', 'endpoints', 'westeurope', 'properties'];
    expect(isVolatile([...monitor, 'endpointMonitorStatus'])).toBe(true);
    expect(isVolatile([...monitor, 'endpointStatus'])).toBe(false);
    expect(isVolatile(['properties', 'endpoints', 'etag'])).toBe(true);
    expect(isVolatile(['etag'])).toBe(true);
    expect(isVolatile(['properties', 'id'])).toBe(false);
  });
});
