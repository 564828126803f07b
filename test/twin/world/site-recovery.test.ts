import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseWorld } from '../../../src/twin/world/load-world.ts';

const SAMPLE = resolve(import.meta.dirname, '../../../drills/worlds/test-failover.yaml');
const text = readFileSync(SAMPLE, 'utf8');

describe('Site Recovery in a world file', () => {
  it('of the sample drill is what the drill needs', () => {
    const parsed = parseWorld(text);
    expect(parsed.ok && parsed.world.siteRecovery).toMatchObject([
      {
        vault: 'archive-vault',
        machines: [
          {
            machine: 'archive-weu',
            to: 'northeurope',
            as: 'archive-neu',
            every: 2000,
            applicationEvery: 20_000,
            keep: 12,
          },
          { machine: 'index-weu' },
        ],
        plans: [{ name: 'archive-plan', groups: [['archive-weu'], ['index-weu']] }],
      },
    ]);
  });

  it.each([
    [
      '- vault: archive-vault',
      '- vault: other',
      'expected a recovery vault of this world (archive-vault), found "other"',
    ],
    ['- machine: index-weu', '- machine: archive-weu', 'expected each machine once, found "archive-weu" again'],
    [
      '- machine: index-weu',
      '- machine: nobody',
      'expected a machine of this world (archive-weu, index-weu), found "nobody"',
    ],
    ['to: northeurope', 'to: westeurope', "expected another region than the machine's own"],
    ['network: archive-net-neu', 'network: archive-net-weu', 'expected a virtual network in northeurope of this world'],
    ['as: archive-neu', 'as: index-weu', 'expected a name that no machine has, found "index-weu"'],
    ['every: PT2S', 'every: PT0.1S', 'expected an ISO 8601 duration between 500 ms'],
    ['[[archive-weu], [index-weu]]', '[[archive-weu], [other]]', 'expected a protected machine of this world'],
    ['[[archive-weu], [index-weu]]', '[[archive-weu], [archive-weu]]', 'expected each machine once'],
  ])('is refused with "%s" as "%s"', (right, wrong, message) => {
    expect(text).toContain(right);
    const parsed = parseWorld(text.replace(right, wrong));
    const problems = parsed.ok ? [] : parsed.problems.map((problem) => problem.message);
    expect(problems.join('\n')).toContain(message);
  });
});
