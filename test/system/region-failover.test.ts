// The sample drill through the front door: the real program, a real twin, real processes and signals.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type DrillResult, resultSchema } from '../../src/model/result.ts';
import { openContainer } from '../../src/providers/blob/blob-service.ts';
import { openWorld } from '../../src/providers/world.ts';
import { connectionOf, findTwin, twinOperations, upTwin } from '../../src/twin/index.ts';
import { loadWorld } from '../../src/twin/world/load-world.ts';
import { processesMentioning } from './left-behind.ts';
import { type Changes, makeWorkspace, type Ran, type TestWorkspace } from './workspace.ts';

const OPERATION = 'PATCH Microsoft.DBforPostgreSQL/flexibleServers';
const FAILOVER = 'POST Microsoft.Storage/storageAccounts/failover';
/** Compressed, for tests that judge something else than time. */
const quick = (drill: Changes['drill'] = {}, world: Changes['world'] = {}): Changes => ({
  drill: { 'probes.0.stableFor': 'PT2S', timing: { baseline: 'PT2S' }, ...drill },
  world: {
    operations: { [`${OPERATION} [forced]`]: 'PT3S', [`${OPERATION} [planned]`]: 'PT2S', [FAILOVER]: 'PT2S' },
    ...world,
  },
});

let workspace: TestWorkspace;

afterEach(async () => {
  await workspace.remove();
  expect(processesMentioning(workspace.root)).toEqual([]);
});

/** The one JSON document of `run --json`. */
function resultOf({ stdout }: Ran): DrillResult & { readonly evidence: string } {
  const { evidence, ...result } = JSON.parse(stdout) as DrillResult & { evidence: string };
  return { ...resultSchema.parse(result), evidence };
}

const observedOf = ({ checks }: DrillResult, check: string) => checks.find(({ id }) => id === check)?.observed ?? '';

async function expectVerified(evidence: string): Promise<void> {
  const key = join(workspace.root, 'evidence.pub.pem');
  writeFileSync(key, (await workspace.run('keys', 'export')).stdout);
  const verified = await workspace.run('verify', evidence, '--key', key);
  expect(verified.status, verified.stdout).toBe(0);
}

/** The shop's invoices, as the account's own clients see them. */
async function invoicesOf(twin: NonNullable<ReturnType<typeof findTwin>>) {
  const { subscription, tenant } = loadWorld(join(workspace.root, 'drills', 'worlds', `${twin.name}.yaml`));
  const environment = { kind: 'twin', name: twin.name, tenant, subscription, values: {}, resources: [] } as const;
  const account = `/subscriptions/${subscription}/resourceGroups/rg-orders-shared/providers/Microsoft.Storage/storageAccounts/ordersdocs`;
  return openContainer(openWorld(environment, connectionOf(twin)), account, 'invoices');
}

/** Waits until the newest run has a step in a status. */
async function untilStep(step: string, status: string): Promise<string> {
  for (let tries = 0; tries < 400; tries += 1) {
    const shown = await workspace.run('status', '--json');
    if (shown.status === 0) {
      const { run, steps } = JSON.parse(shown.stdout) as { run: string; steps: { id: string; status: string }[] };
      if (steps.some((entry) => entry.id === step && entry.status === status)) return run;
    }
    await wait(100);
  }
  throw new Error(`${step} did not become ${status}`);
}

/** Waits until a process has said something on stderr. */
const untilSaid = (child: ReturnType<TestWorkspace['start']>['child'], text: string) =>
  new Promise<void>((settle) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes(text)) settle();
    });
  });

describe('the region failover drill', () => {
  it('passes unattended with recorded times, its evidence verifies, and nothing is left', async () => {
    workspace = makeWorkspace('passes');
    const ran = await workspace.run('run', workspace.drill, '--yes', '--json');
    expect(ran.status, ran.stderr).toBe(0);
    const result = resultOf(ran);
    expect(result).toMatchObject({
      outcome: 'passed',
      leftOvers: [],
      stuck: [],
      // Nobody recorded how long that takes: it is listed, and the RTO of orders does not rest on it.
      environment: {
        kind: 'twin',
        fasterThanRecorded: [{ operation: `${FAILOVER} [unplanned]`, tookMs: expect.any(Number), recordedMs: null }],
      },
    });
    const [, invoices] = result.systems;
    expect(invoices?.rto).toMatchObject({ verdict: 'not-measured', objectiveMs: null });
    expect(invoices?.rpo).toMatchObject({ verdict: 'met', objectiveMs: 5000, holes: 0 });
    expect(observedOf(result, 'orders-and-invoices-agree')).toMatch(
      /^\d+ rows with their blobs; to reconcile in the loss window: \d+ rows/,
    );
    expect(result.systems[0]?.rto).toMatchObject({ verdict: 'met', objectiveMs: 120_000 });
    expect(result.systems[0]?.rto.actualMs).toBeGreaterThan(15_000);
    expect(result.systems[0]?.rpo).toMatchObject({ verdict: 'met', holes: 0 });
    expect(result.approvals).toMatchObject([{ automatic: true, verified: false }]);
    await expectVerified(result.evidence);
    expect(processesMentioning(workspace.root)).toEqual([]);
    expect(existsSync(join(workspace.state, 'twins', 'passes'))).toBe(false);
    const everything = ['events.jsonl', 'report.html', 'result.json']
      .map((name) => readFileSync(join(result.evidence, name), 'utf8'))
      .join('');
    expect(everything).not.toMatch(/[?&](t|c|s|h|sig)=/);
  });

  it('fails when the RPO objective is below the latency of the link, with the same evidence', async () => {
    workspace = makeWorkspace('rpo', quick({ 'objectives.0.rpo': 'PT0.05S' }, { 'links.0.latency': 'PT0.3S' }));
    const ran = await workspace.run('run', workspace.drill, '--yes', '--rehearsal', '--json');
    expect(ran.status, ran.stderr).toBe(1);
    const result = resultOf(ran);
    expect(result.outcome).toBe('failed');
    expect(result.systems[0]?.rpo.verdict).toBe('missed');
    expect(result.leftOvers).toEqual([]);
    await expectVerified(result.evidence);
  });

  it('fails when an invoice is deleted and another one belongs to no order, and names both', async () => {
    workspace = makeWorkspace('unreconciled', quick());
    expect((await workspace.run('twin', 'up', 'unreconciled')).status).toBe(0);
    const { container, close } = await invoicesOf(findTwin(workspace.state, 'unreconciled') ?? expect.fail('no twin'));
    await expect.poll(() => container.getBlobClient('000000000002.json').exists(), { timeout: 20_000 }).toBe(true);
    await container.deleteBlob('000000000001.json');
    const metadata = { placedat: new Date(Date.now() - 3600_000).toISOString() };
    await container.getBlockBlobClient('000000999999.json').upload('{}', 2, { metadata });
    close();
    const ran = await workspace.run('run', workspace.drill, '--yes', '--rehearsal', '--json');
    expect(ran.status, ran.stderr).toBe(1);
    const result = resultOf(ran);
    expect(result).toMatchObject({ outcome: 'failed', leftOvers: [], stuck: [] });
    expect(result.checks.filter(({ passed }) => !passed).map(({ id }) => id)).toEqual(['orders-and-invoices-agree']);
    expect(observedOf(result, 'orders-and-invoices-agree')).toMatch(
      /^1 rows without a blob \(000000000001\), 1 blobs without a row \(000000999999\);/,
    );
  });

  it('fails when the RTO objective is below the time of the promotion', async () => {
    workspace = makeWorkspace('rto', { drill: { 'objectives.0.rto': 'PT5S' } });
    const ran = await workspace.run('run', workspace.drill, '--yes', '--json');
    expect(ran.status, ran.stderr).toBe(1);
    const result = resultOf(ran);
    expect(result.outcome).toBe('failed');
    expect(result.systems[0]?.rto.verdict).toBe('missed');
    await expectVerified(result.evidence);
  });

  it('is inconclusive, not passed, when the twin was faster than any recorded promotion', async () => {
    workspace = makeWorkspace('faster', quick());
    const ran = await workspace.run('run', workspace.drill, '--yes', '--json');
    expect(ran.status, ran.stderr).toBe(1);
    const result = resultOf(ran);
    expect(result.outcome).toBe('inconclusive');
    expect(result.systems[0]?.rto.verdict).toBe('not-measured');
    expect(result.environment.fasterThanRecorded.map(({ operation }) => operation).join()).toContain(OPERATION);
  });

  it('restores and closes when another terminal aborts it in the middle of the promotion', async () => {
    workspace = makeWorkspace('aborted', quick());
    const running = workspace.start('run', workspace.drill, '--yes', '--json');
    const run = await untilStep('promote', 'observing');
    expect((await workspace.run('abort', run, '--reason', 'a test', '--as', 'eva')).status).toBe(0);
    const ran = await running.ended;
    expect(ran.status, ran.stderr).toBe(1);
    const result = resultOf(ran);
    expect(result).toMatchObject({ outcome: 'aborted', leftOvers: [], stuck: [] });
    expect(result.steps.find(({ id }) => id === 'steer')?.status).toBe('skipped');
    expect(result.steps.find(({ id }) => id === 'switch-back')?.status).toBe('succeeded');
    await expectVerified(result.evidence);
  });

  it('is taken over after its process was killed, and the promotion was sent once', async () => {
    workspace = makeWorkspace('killed', quick());
    expect((await workspace.run('twin', 'up', 'killed')).status).toBe(0);
    const running = workspace.start('run', workspace.drill, '--yes');
    const run = await untilStep('promote', 'observing');
    running.child.kill('SIGKILL');
    await running.ended;
    expect((await workspace.run('runs', '--unfinished')).stdout).toContain(`${run}  interrupted`);
    const aborted = await workspace.run('abort', run, '--json');
    expect(aborted.status, aborted.stderr).toBe(0);
    const result = resultOf(aborted);
    expect(result).toMatchObject({ outcome: 'aborted', leftOvers: [], stuck: [] });
    await expectVerified(result.evidence);
    const twin = findTwin(workspace.state, 'killed') ?? expect.fail('the twin of a person was ended');
    const forced = (await twinOperations(twin)).filter(
      ({ operation }) => operation.includes('[forced]') || operation === OPERATION,
    );
    expect(forced.filter(({ resource }) => resource.endsWith('orders-db-neu'))).toHaveLength(1);
  });

  it('ends with its twin when it is interrupted or killed while the twin comes up', async () => {
    workspace = makeWorkspace('early', quick());
    const interrupted = workspace.start('run', workspace.drill, '--yes', '--json');
    await untilSaid(interrupted.child, 'coming up');
    interrupted.child.kill('SIGINT');
    const ran = await interrupted.ended;
    expect(ran.status, ran.stderr).toBe(1);
    expect(resultOf(ran)).toMatchObject({ outcome: 'aborted', leftOvers: [], stuck: [] });
    expect(processesMentioning(workspace.root)).toEqual([]);

    const killed = workspace.start('run', workspace.drill, '--yes');
    await untilSaid(killed.child, 'coming up');
    await wait(300);
    killed.child.kill('SIGKILL');
    await killed.ended;
    const run = (await workspace.run('runs', '--unfinished')).stdout.split(' ')[0] ?? '';
    const aborted = await workspace.run('abort', run, '--json');
    expect(aborted.status, aborted.stderr).toBe(0);
    await expectVerified(resultOf(aborted).evidence);
    expect(processesMentioning(workspace.root)).toEqual([]);
    expect(existsSync(join(workspace.state, 'twins', 'early'))).toBe(false);
  });

  it('is not begun on a twin that is up from another version of the world file', async () => {
    workspace = makeWorkspace('changed', quick());
    expect(await workspace.run('twin', 'up', 'changed')).toMatchObject({ status: 0 });
    appendFileSync(join(workspace.root, 'drills', 'worlds', 'changed.yaml'), '\n# One line more.\n');
    const ran = await workspace.run('run', workspace.drill, '--yes', '--json');
    expect(ran.status, ran.stderr).toBe(1);
    const { outcome, reasons } = resultOf(ran);
    expect(outcome).toBe('aborted');
    expect(reasons.join()).toContain('found it up from another version');
  });

  it('ends a twin that a closed run left behind before it brings its own up', async () => {
    workspace = makeWorkspace('left', quick());
    const left = await upTwin({
      worldFile: join(workspace.root, 'drills', 'worlds', 'left.yaml'),
      stateDir: workspace.state,
      owner: { run: 'a-run-that-is-over' },
      command: [process.execPath, join(import.meta.dirname, '..', '..', 'src', 'cli.ts'), 'twin', 'supervise'],
      logFile: join(workspace.state, 'logs', 'twin.log'),
    });
    expect((await workspace.run('runs')).stdout).toBe('no runs\n');
    expect((await workspace.run('twin', 'status', 'left')).status).toBe(0);
    const running = workspace.start('run', workspace.drill, '--yes');
    await untilSaid(running.child, 'baseline');
    const present = findTwin(workspace.state, 'left');
    expect(present?.owner).not.toEqual(left.owner);
    expect(present?.supervisor).not.toEqual(left.supervisor);
    running.child.kill('SIGINT');
    const ran = await running.ended;
    expect(ran.status, ran.stderr).toBe(1);
    expect(processesMentioning(workspace.root)).toEqual([]);
  });

  it('is stuck, and says why, when the disrupted twin is gone at the take-over', async () => {
    workspace = makeWorkspace('gone', quick());
    const running = workspace.start('run', workspace.drill, '--yes');
    // No request is under way then, of which nobody could tell on another twin what became.
    const run = await untilStep('orders-were-kept', 'succeeded');
    running.child.kill('SIGKILL');
    await running.ended;
    process.kill(findTwin(workspace.state, 'gone')?.supervisor.pid ?? Number.NaN, 'SIGKILL');
    const aborted = await workspace.run('abort', run, '--json');
    expect(aborted.status, aborted.stderr).toBe(1);
    const result = resultOf(aborted);
    expect(result.outcome).toBe('stuck');
    expect(result.stuck[0]?.what).toContain('the twin that was disrupted is gone');
    await expectVerified(result.evidence);
  });
});
