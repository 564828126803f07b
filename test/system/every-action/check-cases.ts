// Checks: they judge and change nothing, whatever happens to them, and are never green without having seen what they expect.
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../../src/model/json.ts';
import type { Program } from '../../../src/model/program.ts';
import type { Bench } from './bench.ts';
import { green, hanging, NO_UNDO, red } from './check-ways.ts';
import type { Family } from './hold-family.ts';
import type { ActionCase, NotApplicable, Trial } from './ways.ts';

const TYPE = 'Microsoft.DBforPostgreSQL/flexibleServers';
const PRIMARY = { type: TYPE, group: 'rg-weu', name: 'orders-db' };
const REPLICA = { type: TYPE, group: 'rg-weu', name: 'orders-db-copy' };
const NOBODY = { type: TYPE, group: 'rg-weu', name: 'nobody-db' };

const world = {
  name: 'every-check',
  subscription: '5b1f4f9a-3d0e-4a57-9c43-7d0a2f6f1c13',
  tenant: '0c6a8e52-6a3b-4f0e-8a55-2f7c9d1e4b02',
  regions: ['westeurope'],
  resourceGroups: [{ name: 'rg-weu', region: 'westeurope' }],
  postgresServers: [
    { name: PRIMARY.name, group: 'rg-weu', region: 'westeurope', role: 'primary' },
    { name: REPLICA.name, group: 'rg-weu', region: 'westeurope', role: 'replica', source: PRIMARY.name },
  ],
  shops: [{ name: 'orders-shop', group: 'rg-weu', region: 'westeurope', database: PRIMARY.name }],
  trafficManager: [
    {
      name: 'orders-tm',
      group: 'rg-weu',
      fqdn: 'orders.trafficmanager.net',
      endpoints: [{ name: 'westeurope', target: 'orders-shop', region: 'westeurope', priority: 1 }],
    },
  ],
};

const NOBODY_ID = `/subscriptions/${world.subscription}/resourceGroups/rg-weu/providers/${TYPE}/${NOBODY.name}`;

const NO_SCOPE: NotApplicable = {
  reason: 'it changes nothing, and what it looks at need not be a resource of the drill',
};
const NOT_AZURE: NotApplicable = {
  reason: 'it asks no service of Azure: a 429 is an answer like any other, and judged',
};

/** What every check has in common. Nothing that changes anything ever reaches the twin. */
const check = (
  uses: string,
  parts: Omit<ActionCase, 'uses' | 'phase' | 'resources' | 'scope' | 'request'>,
): ActionCase => ({
  uses,
  phase: 'verification',
  resources: { primary: PRIMARY, replica: REPLICA },
  scope: ['primary'],
  request: /^(PUT|PATCH|POST|DELETE) \/subscriptions\//,
  ...parts,
});

const databaseIs = (place: 'silent' | 'rude') => (bench: Bench) => ({
  [`${PRIMARY.name}.postgres.database.azure.com`]: bench.strangers[place],
});
const throttledLookUp: Trial = { faults: [{ fault: 'throttle', match: 'GET *', times: 2 }], expected: green };

const http = check('http/assert', {
  input: { url: 'http://orders.trafficmanager.net/healthz', expect: 'status == 200' },
  ways: {
    'done twice': { expected: green },
    'undone twice': NO_UNDO,
    ...hanging({
      with: { url: 'http://silent.example/' },
      hosts: ({ strangers }) => ({ 'silent.example': strangers.silent }),
    }),
    'reply lost after it started': {
      with: { url: 'http://rude.example/' },
      hosts: ({ strangers }) => ({ 'rude.example': strangers.rude }),
      expected: red('http-failed'),
    },
    '429 storm': NOT_AZURE,
    'operation failing': { with: { expect: 'status == 503' }, expected: red('check-failed') },
    'resource missing': { with: { url: 'http://nobody.invalid/' }, expected: red('http-failed') },
    'outside the scope': NO_SCOPE,
  },
});

const rows = check('postgres/assert', {
  input: { server: '${{ resources.primary }}', query: 'SELECT 1 AS one', expect: 'rows[0].one == 1' },
  ways: {
    'done twice': { expected: green },
    'undone twice': NO_UNDO,
    ...hanging({ hosts: databaseIs('silent') }),
    'reply lost after it started': { hosts: databaseIs('rude'), expected: red('postgres-unreachable') },
    '429 storm': throttledLookUp,
    'operation failing': { with: { expect: 'rows[0].one == 2' }, expected: red('check-failed') },
    'resource missing': { with: { server: NOBODY_ID }, expected: red('arm-not-found') },
    'outside the scope': NO_SCOPE,
  },
});

const compare = check('postgres/compare', {
  input: {
    primary: '${{ resources.primary }}',
    replica: '${{ resources.replica }}',
    tables: [{ name: 'numbers', query: 'SELECT n FROM generate_series(1, 5) AS n', key: 'n' }],
  },
  ways: {
    'done twice': { expected: green },
    'undone twice': NO_UNDO,
    ...hanging({ hosts: databaseIs('silent') }),
    'reply lost after it started': { hosts: databaseIs('rude'), expected: red('postgres-unreachable') },
    '429 storm': throttledLookUp,
    // The two sides differ in whether they are replicas.
    'operation failing': {
      with: { tables: [{ name: 'roles', query: 'SELECT 1 AS n, pg_is_in_recovery() AS standby', key: 'n' }] },
      expected: red('check-failed'),
    },
    'resource missing': { resources: { replica: NOBODY }, expected: red('arm-not-found') },
    'outside the scope': {
      with: { replica: NOBODY_ID },
      refusedAtPlanning: /one of the drill's resources/,
    },
  },
});

const SHOWN = /^GET .*\/flexibleServers\/orders-db$/;
const resource = check('resource/assert', {
  input: { resource: '${{ resources.primary }}', expect: 'status == 200 && body.properties.state == "Ready"' },
  ways: {
    'done twice': { expected: green },
    'undone twice': NO_UNDO,
    ...hanging({ troubles: [{ match: SHOWN, kind: 'delay', delayMs: 3000, times: 3 }] }),
    // What is lost of a question is asked again.
    'reply lost after it started': {
      faults: [{ fault: 'lost-reply', match: 'GET *flexibleServers/orders-db' }],
      expected: green,
    },
    '429 storm': { faults: [{ fault: 'throttle', match: 'GET *', times: 2 }], expected: green },
    'operation failing': { with: { expect: 'body.properties.state == "Stopped"' }, expected: red('check-failed') },
    'resource missing': {
      resources: { primary: PRIMARY, replica: NOBODY },
      with: { resource: '${{ resources.replica }}' },
      expected: red('check-failed'),
    },
    'outside the scope': { with: { resource: NOBODY_ID }, refusedAtPlanning: /one of the drill's resources/ },
  },
});

const here = ({ strangers }: Bench) => ({ 'silent.example': strangers.silent, 'closed.example': strangers.closed });
const tcp = check('tcp/assert', {
  input: { host: 'silent.example', port: 80, within: 'PT10S' },
  ways: {
    'done twice': { hosts: here, expected: green },
    'undone twice': NO_UNDO,
    // It knocks again and again, as long as it may.
    ...hanging({ with: { host: 'closed.example' }, hosts: here }),
    'reply lost after it started': { reason: 'a connection that was accepted is the whole answer' },
    '429 storm': NOT_AZURE,
    'operation failing': { with: { expect: 'refused' }, hosts: here, expected: red('check-failed') },
    'resource missing': { with: { host: 'nobody.invalid' }, expected: red('tcp-failed') },
    'outside the scope': NO_SCOPE,
  },
});

const names = ({ strangers }: Bench) => ({ 'names.example': strangers.names, 'silent.example': strangers.silentNames });
const dns = check('dns/assert', {
  input: { name: 'shop.example', servers: ['names.example:53'], within: 'PT10S', expect: 'status == "NXDOMAIN"' },
  ways: {
    'done twice': { hosts: names, expected: green },
    'undone twice': NO_UNDO,
    ...hanging({ with: { servers: ['silent.example:53'] }, hosts: names }),
    'reply lost after it started': {
      with: { servers: ['silent.example:53'], within: 'PT0.2S' },
      hosts: names,
      expected: red('dns-failed'),
    },
    '429 storm': NOT_AZURE,
    'operation failing': { with: { expect: 'status == "NOERROR"' }, hosts: names, expected: red('check-failed') },
    'resource missing': { with: { expect: 'size(records) > 0' }, hosts: names, expected: red('check-failed') },
    'outside the scope': NO_SCOPE,
  },
});

/** The control plane of the twin has a certificate. */
const secured = ({ address, strangers }: Bench) => {
  const { hostname, port } = new URL(address.endpoint);
  return {
    'twin.example': { host: hostname, port: Number(port) },
    'silent.example': strangers.silent,
    'rude.example': strangers.rude,
  };
};
const tls = check('tls/assert', {
  input: { host: 'twin.example', serverName: 'localhost' },
  ways: {
    'done twice': { hosts: secured, expected: green },
    'undone twice': NO_UNDO,
    ...hanging({ with: { host: 'silent.example' }, hosts: secured }),
    'reply lost after it started': { with: { host: 'rude.example' }, hosts: secured, expected: red('tls-failed') },
    '429 storm': NOT_AZURE,
    'operation failing': { with: { serverName: 'twin.example' }, hosts: secured, expected: red('check-failed') },
    'resource missing': { with: { host: 'nobody.invalid' }, expected: red('tls-failed') },
    'outside the scope': NO_SCOPE,
  },
});

const SCRIPT = '#!/bin/sh\nif [ "$1" = sleep ]; then sleep 20; fi\necho "$1"\n';
const script = check('script/run', {
  input: { program: 'say', arguments: ['yes'], expect: 'exit == 0 && stdout == "yes\\n"' },
  programs,
  ways: {
    'done twice': { expected: green },
    'undone twice': NO_UNDO,
    ...hanging({ with: { arguments: ['sleep'] } }),
    'reply lost after it started': { reason: 'what a program says comes through a pipe of this machine' },
    '429 storm': NOT_AZURE,
    'operation failing': { with: { arguments: ['no'] }, expected: red('check-failed') },
    'resource missing': { with: { program: 'nobody' }, refusedAtPlanning: /nobody/ },
    'outside the scope': {
      with: { arguments: ['anything else'] },
      refusedAtPlanning: /an argument that say is allowed/,
    },
  },
});

function programs({ folder }: Bench): readonly Program[] {
  const path = join(folder, 'say');
  if (!existsSync(path)) {
    writeFileSync(path, SCRIPT);
    chmodSync(path, 0o755);
  }
  return [
    {
      name: 'say',
      path,
      sha256: sha256(SCRIPT),
      arguments: ['yes', 'no', 'sleep'],
      environment: [],
      timeoutMs: 30_000,
    },
  ];
}

const PAGE = `---
owner: orders-team
reviewed: 2026-10-01
expectedDuration: PT1S
---
# Call the bank
- [ ] The bank has confirmed
`;
const page = check('runbook/page', {
  input: { page: 'runbooks/bank.md' },
  pages: () => new Map([['runbooks/bank.md', PAGE]]),
  ways: {
    'done twice': { answer: 'done', expected: green },
    'undone twice': NO_UNDO,
    // Nobody answers.
    ...hanging({}),
    'reply lost after it started': { reason: 'nothing is sent: people answer' },
    '429 storm': NOT_AZURE,
    'operation failing': { answer: 'failed', expected: red('page-failed') },
    'resource missing': { with: { page: 'runbooks/nobody.md' }, refusedAtPlanning: /nobody\.md/ },
    'outside the scope': { reason: 'it changes nothing: what people do is theirs' },
  },
});

export const checkFamily: Family = {
  name: 'checks',
  world,
  cases: [http, rows, compare, resource, tcp, dns, tls, script, page],
};
