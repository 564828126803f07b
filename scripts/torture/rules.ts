// What must hold after every trial, read from the result, the evidence, the journal and the twin itself.

import { Resolver } from 'node:dns/promises';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findTwin, twinLog, twinStatus } from '../../src/twin/index.ts';
import { NAME, ZONE } from './small-drill.ts';
import type { Ran, Workspace } from './workspace.ts';

interface Result {
  readonly outcome: string;
  readonly reasons: readonly string[];
  readonly stuck: readonly unknown[];
  readonly evidence: string;
}

export interface Judged {
  readonly outcome: string;
  readonly violations: readonly string[];
}

interface Event {
  readonly type: string;
  readonly step?: string;
  readonly requestId?: string;
}

export async function judge(
  workspace: Workspace,
  ran: Ran,
  acknowledged: readonly (readonly string[])[],
): Promise<Judged> {
  const { run, outcome, lines } = await workspace.journal();
  const result = foundClosed(ran) ? packedResult(join(workspace.root, 'evidence', run)) : resultOf(ran);
  if (ran.hung) return { outcome: 'hung', violations: [`a process did not end: ${ran.stderr.slice(-2000)}`] };
  if (outcome === null || result === undefined)
    return { outcome: 'open', violations: [`the run did not end: ${ran.stderr.slice(-2000)}`] };
  const events = lines.map((line) => JSON.parse(line) as Event);
  return {
    outcome,
    violations: [
      ...(result.outcome === outcome ? [] : [`the result says ${result.outcome}, the journal ${outcome}`]),
      ...lost(acknowledged, lines, 'the journal'),
      ...(await packed(workspace, result, lines)),
      ...(await sentOnce(workspace, events)),
      ...(await restored(workspace, result)),
    ],
  };
}

const resultOf = ({ stdout }: Ran) => parsedBy(() => JSON.parse(stdout) as Result);

/** Such a process has no result: the one that was killed before it had come to its package, and no further. */
const foundClosed = ({ status, stdout, stderr }: Ran) =>
  status === 2 && stdout === '' && stderr.includes(' is closed (');

const packedResult = (evidence: string) =>
  parsedBy(() => ({ ...(JSON.parse(readFileSync(join(evidence, 'result.json'), 'utf8')) as Result), evidence }));

function parsedBy(read: () => Result): Result | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

const lost = (before: readonly (readonly string[])[], lines: readonly string[], where: string): readonly string[] =>
  before.flatMap((known) =>
    known.flatMap((line, index) => (line === lines[index] ? [] : [`${where} lost or changed event ${index + 1}`])),
  );

/** The evidence holds every event, and verifies. */
async function packed(
  workspace: Workspace,
  { evidence }: Result,
  lines: readonly string[],
): Promise<readonly string[]> {
  const key = join(workspace.root, 'evidence.pub.pem');
  writeFileSync(key, (await workspace.run('keys', 'export')).stdout);
  const verified = await workspace.run('verify', evidence, '--key', key);
  const inPackage = readFileSync(join(evidence, 'events.jsonl'), 'utf8').trimEnd().split('\n');
  return [
    ...(verified.status === 0 ? [] : [`the evidence does not verify: ${verified.stdout}${verified.stderr}`]),
    ...lost([lines.slice(0, inPackage.length)], inPackage, 'the evidence'),
    ...(inPackage.length === lines.length ? [] : [`the evidence has ${inPackage.length} of ${lines.length} events`]),
  ];
}

const WRITES: ReadonlySet<string> = new Set(['PUT', 'PATCH', 'POST', 'DELETE']);

/** Every write in the twin's log was meant by the journal, with its id, and no start was sent twice. */
async function sentOnce({ state }: Workspace, events: readonly Event[]): Promise<readonly string[]> {
  const twin = findTwin(state, NAME);
  if (twin === undefined) return [];
  const idsOf = (type: string) => events.flatMap((event) => (event.type === type ? [event.requestId ?? ''] : []));
  const starts = idsOf('step.started');
  const known = new Set([...starts, ...idsOf('undo.started')]);
  const writes = (await twinLog(twin)).filter(
    ({ method, path }) => WRITES.has(method) && path.startsWith('/subscriptions/'),
  );
  const twice = starts.filter((id) => writes.filter(({ clientRequestId }) => clientRequestId === id).length > 1);
  return [
    ...twice.map((id) => `the request ${id} was sent twice`),
    ...writes
      .filter(({ clientRequestId }) => !known.has(clientRequestId ?? ''))
      .map(({ method, path, clientRequestId }) => `${method} ${path} (${clientRequestId}) stands in no intent`),
  ];
}

/** The world is as before, or the run is stuck and says with what; without its twin nobody may call it passed. */
async function restored({ state }: Workspace, { outcome, stuck, reasons }: Result): Promise<readonly string[]> {
  const twin = findTwin(state, NAME);
  const wrong = twin === undefined ? ['the twin is gone'] : await wrongs(twin);
  if (outcome === 'stuck') return stuck.length > 0 ? [] : ['the run is stuck and names nothing'];
  if (twin === undefined) return outcome === 'passed' ? ['the run passed although its twin is gone'] : [];
  return wrong.map((what) => `${outcome}, although ${what}: ${reasons.join('; ')}`);
}

async function wrongs(twin: NonNullable<ReturnType<typeof findTwin>>): Promise<readonly string[]> {
  const { regions, endpoints } = await twinStatus(twin);
  const resolver = new Resolver();
  resolver.setServers([twin.nameServer]);
  const site = (await resolver.resolveTxt(`site.${ZONE}`)).flat().join();
  return [
    ...regions.filter(({ up }) => !up).map(({ name }) => `${name} is still lost`),
    ...endpoints
      .filter((endpoint) => JSON.stringify(endpoint).includes('Disabled'))
      .map((endpoint) => `an endpoint is still disabled: ${JSON.stringify(endpoint)}`),
    ...(site === 'westeurope' ? [] : [`the name says ${site}`]),
  ];
}
