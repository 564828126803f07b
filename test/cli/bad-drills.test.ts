// What a person is told who writes a drill and gets one thing wrong in it: every line says where, what was expected and what was found.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runInProcess } from './terminal.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const DRILL = `drill: bad
title: A drill to be broken
exercise: functional
mode: live
systems: [orders]
approvals: { required: 1, roles: [dr-lead], expires: PT4H }
declaration: { roles: [dr-lead] }
resources:
  primary: { type: Microsoft.DBforPostgreSQL/flexibleServers, group: rg-orders-weu, name: orders-db-weu }
  documents: { type: Microsoft.Storage/storageAccounts, group: rg-orders-shared, name: ordersdocs }
probes:
  - { id: shop, system: orders, uses: http/probe, with: { url: 'http://orders-shop.trafficmanager.net/healthz' } }
guardrails:
  - { id: stays-well, during: [recovery], when: probes.shop.failing, for: PT30S }
recovery:
  - { id: child, uses: drill/run, with: { drill: drills/child.yaml, declaration: { roles: [dr-lead] } }, timeout: PT5H }
verification:
  - { id: page, uses: runbook/page, with: { page: runbooks/review.md }, timeout: PT1H }
  - { id: program, uses: script/run, with: { program: look, arguments: [a, b], environment: { LANG: C }, expect: exit == 0 } }
  - id: copies
    uses: blob/compare
    with:
      primary: { account: '\${{ resources.documents }}', container: invoices }
      copy: { account: '\${{ resources.documents }}', container: invoices, endpoint: secondary }
      maxLag: PT5S
  - id: agree
    uses: reconcile/assert
    with:
      rows: { server: '\${{ resources.primary }}', query: SELECT 1, key: number, at: placed }
      blobs: { account: '\${{ resources.documents }}', container: invoices }
      lossWindow: { from: '2026-11-21T10:00:00Z', to: '2026-11-21T10:00:05Z' }
`;
let root = '';

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'drillmaster-bad-'));
  mkdirSync(join(root, 'drills', 'worlds'), { recursive: true });
  mkdirSync(join(root, 'runbooks'));
  const sample = (name: string) => readFileSync(join(ROOT, 'drills', name), 'utf8');
  const world = (name: string) => sample('worlds/region-failover.yaml').replace(/^name: .*$/m, `name: ${name}`);
  writeFileSync(join(root, 'drills', 'worlds', 'bad.yaml'), world('bad'));
  writeFileSync(join(root, 'drills', 'worlds', 'child.yaml'), world('child'));
  writeFileSync(
    join(root, 'drills', 'child.yaml'),
    sample('region-failover.yaml').replace(/^drill: .*$/m, 'drill: child'),
  );
  writeFileSync(
    join(root, 'drills', 'programs.yaml'),
    'programs:\n  look: { path: /bin/true, arguments: [a, b], environment: [LANG] }\n  other: { path: /bin/true }\n',
  );
  const page = readFileSync(join(ROOT, 'runbooks', 'quarterly-review.md'), 'utf8');
  writeFileSync(join(root, 'runbooks', 'review.md'), page);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** What validate says of the drill with one part replaced, without its file name. */
async function told(from: string, to: string): Promise<readonly string[]> {
  expect(DRILL).toContain(from);
  const file = join(root, 'drills', 'bad.yaml');
  writeFileSync(file, DRILL.replace(from, to));
  const { out, err } = await runInProcess('validate', file);
  return `${out}${err}`
    .trim()
    .split('\n')
    .map((line) => line.replace(/^.*bad\.yaml:/, ''));
}

/** `line:column` of a part of the changed drill. */
function placeOf(from: string, to: string, part: string): string {
  const changed = DRILL.replace(from, to);
  const before = changed.slice(0, changed.indexOf(part, changed.indexOf(to))).split('\n');
  return `${before.length}:${(before.at(-1) ?? '').length + 1}`;
}

describe('a drill with one thing wrong', () => {
  it('is valid when nothing is', async () => {
    expect(await told('drill: bad', 'drill: bad')).toEqual([' valid, 5 steps']);
  });

  it.each<[what: string, from: string, to: string, at: string, message: string]>([
    [
      'an argument that is not allowed',
      '[a, b]',
      '[a, c]',
      'c]',
      'expected an argument that look is allowed to get ("a", "b"), found "c"',
    ],
    [
      'a variable that is not allowed',
      '{ LANG: C }',
      '{ LONG: C }',
      'LONG',
      'expected an environment variable that look is allowed to get (LANG), found "LONG"; did you mean "LANG"?',
    ],
    [
      'a program that is not listed',
      'program: look',
      'program: loook',
      'loook',
      'expected the name of a program in drills/programs.yaml (look, other), found "loook"; did you mean "look"?',
    ],
    [
      'a condition that is no CEL',
      'exit == 0',
      'exit = 0',
      'exit = 0',
      'expected an expression in CEL, found: Unexpected character: = in "exit = 0"',
    ],
    [
      'a condition that is a number',
      'exit == 0',
      "'5'",
      "'5'",
      'expected a condition that is true or false, found "5"',
    ],
    [
      'a word for people who declare',
      'declaration: { roles: [dr-lead] }\nresources',
      'declaration: automatc\nresources',
      'automatc',
      'expected "automatic" or a mapping, found "automatc"; did you mean "automatic"?',
    ],
    [
      'one phase instead of a list',
      'during: [recovery]',
      'during: recovery',
      'recovery',
      'expected a list, found "recovery"',
    ],
    [
      'a duration as a number',
      'for: PT30S',
      'for: 30',
      '30',
      'expected an ISO 8601 duration, as in PT2M or PT0.25S, found 30',
    ],
    [
      'a lag as a number',
      'maxLag: PT5S',
      'maxLag: 5',
      '5',
      'expected an ISO 8601 duration, as in PT2M or PT0.25S, found 5',
    ],
    [
      'an instant in words',
      "from: '2026-11-21T10:00:00Z'",
      'from: yesterday',
      'yesterday',
      'expected an instant, as in 2026-11-21T10:00:00Z, found "yesterday"',
    ],
    [
      'a misspelt primary',
      'primary: { account',
      'primery: { account',
      'primery',
      'expected one of the keys primary, manifest, copy, checksum, settledBefore, maxLag or minimumBlobs, found "primery"; did you mean "primary"?',
    ],
    [
      'a primary and a manifest',
      '      maxLag: PT5S',
      "      manifest: { account: '${{ resources.documents }}', container: invoices, blob: sums }",
      '{ account',
      'expected either primary or manifest, found both',
    ],
    [
      'a resource of another type',
      "server: '${{ resources.primary }}'",
      "server: '${{ resources.documents }}'",
      "'${{ resources.documents }}'",
      'expected the full ARM id of a Microsoft.DBforPostgreSQL/flexibleServers, found "…/Microsoft.Storage/storageAccounts/ordersdocs"',
    ],
    [
      'a lag of what is no secondary',
      'invoices, endpoint: secondary',
      'receipts',
      'PT5S',
      'expected no maxLag, because only a copy at a secondary endpoint tells its last sync, found "PT5S"',
    ],
    [
      'a page whose name is misspelt',
      'runbooks/review.md',
      'runbooks/reveiw.md',
      'runbooks/reveiw.md',
      'expected a page of the workspace, found none at "runbooks/reveiw.md"; did you mean "runbooks/review.md"?',
    ],
    [
      'a child whose name is misspelt',
      'drills/child.yaml',
      'drills/chidl.yaml',
      'drills/chidl.yaml',
      'expected a drill file of the workspace, found none at "drills/chidl.yaml"; did you mean "drills/child.yaml"?',
    ],
    [
      'a resource type without its provider',
      'type: Microsoft.DBforPostgreSQL/flexibleServers',
      'type: flexibleServers',
      'flexibleServers,',
      'expected a resource type, as in Microsoft.Network/trafficManagerProfiles, found "flexibleServers"',
    ],
    ['a number of approvals in words', 'required: 1', 'required: one', 'one', 'expected a number, found "one"'],
    [
      'approvals that are a list',
      '{ required: 1, roles: [dr-lead], expires: PT4H }',
      '[dr-lead]',
      '[dr-lead]',
      'expected a mapping, found a list',
    ],
  ])(
    'says of %s where it stands, what was expected and what was found, and no more',
    async (_what, from, to, at, message) => {
      expect(await told(from, to)).toEqual([`${placeOf(from, to, at)}: ${message}`]);
    },
  );

  it('says what a time of the list of programs is', async () => {
    const list = join(root, 'drills', 'programs.yaml');
    const before = readFileSync(list, 'utf8');
    try {
      writeFileSync(list, before.replace('[LANG]', '[LANG], timeout: 60'));
      const [found] = await told('drill: bad', 'drill: bad');
      expect(found).toMatch(/programs\.yaml:2:\d+: expected an ISO 8601 duration above zero and up to PT1H, found 60$/);
    } finally {
      writeFileSync(list, before);
    }
  });

  it('says that primary and manifest are both missing', async () => {
    const line = "      primary: { account: '${{ resources.documents }}', container: invoices }\n";
    const [found] = await told(line, '');
    expect(found).toMatch(/: expected either primary or manifest, found neither$/);
  });
});
