// The drill on its disposable twin, with nobody asked and a journal that lasts as long as the rehearsal.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { JournalStore, RunJournal } from '../../journal/journal.ts';
import type { Action, ActionContext } from '../../model/action.ts';
import { toErrorData } from '../../model/errors.ts';
import type { DrillEvent, ProvedCheck } from '../../model/events.ts';
import { canonicalJson } from '../../model/json.ts';
import { planDigest } from '../../plan/digest.ts';
import type { Plan } from '../../plan/plan.ts';
import { catalogue } from '../../providers/catalogue.ts';
import { inventory } from '../../providers/inventory.ts';
import { secretsOf } from '../../providers/redact-value.ts';
import { openWorld, type World } from '../../providers/world.ts';
import { runDrill } from '../../runtime/run-drill.ts';
import { systemClock } from '../../runtime/system-clock.ts';
import { createKernel } from '../../statechart/index.ts';
import { endTwinFault, startTwinFault, type TwinAddress, TwinError } from '../../twin/index.ts';
import { openLog } from '../log.ts';
import { automaticApproval } from '../people.ts';
import type { Terminal } from '../terminal.ts';
import type { RunningTwin } from '../twins.ts';
import type { Workspace } from '../workspace.ts';
import type { Bench } from './prove-check.ts';
import { provingCatalogue } from './proving-catalogue.ts';
import { rehearsalPlan } from './rehearsal-plan.ts';

const GREEN_AGAIN_MS = 1000;

export interface Rehearsal {
  readonly run: string;
  readonly plan: Plan;
  readonly workspace: Workspace;
  readonly terminal: Terminal;
  readonly twin: RunningTwin;
  readonly store: JournalStore;
  readonly signal: AbortSignal;
  /** Told of every check after its turn. True: that was the last one, and the rehearsal may end where it stands. */
  readonly onCheck: (check: ProvedCheck) => boolean;
}

/** Resolves when it is over or no longer needed, with why no further check was reached. Rejects when the engine itself failed. */
export async function rehearse(rehearsal: Rehearsal): Promise<string> {
  const { run, workspace, terminal, twin, signal } = rehearsal;
  const plan = rehearsalPlan(rehearsal.plan);
  const stop = new AbortController();
  const stopped = AbortSignal.any([signal, stop.signal]);
  const log = openLog(join(workspace.state, 'logs', `${run}.proof.jsonl`), terminal, secretsOf(twin.connection));
  const kernel = createKernel(plan);
  const journal = untilStopped(await openJournal(rehearsal, plan), stopped);
  try {
    await runDrill({
      plan,
      kernel,
      journal,
      catalogue: provingCatalogue(catalogue, {
        benchOf: (...check) => benchOf(twin.address, ...check),
        onCheck: (check) => {
          if (rehearsal.onCheck(check)) stop.abort(new Error('every check was proved'));
        },
      }),
      inventory,
      world: openWorld(twin.environment, twin.connection, { log, programs: plan.programs }),
      clock: systemClock,
      log,
      signal: stopped,
      approve: async () => automaticApproval(plan),
      answer: async () => ({ as: 'automatic', role: 'none', result: 'done', note: 'rehearsal on a twin of its own' }),
      evaluate: () => ({ outcome: 'inconclusive', reasons: ['a rehearsal judges checks alone'] }),
    });
  } catch (error) {
    if (!stopped.aborted) throw error;
  } finally {
    await log.close();
  }
  return whyNoFurther(await journal.events());
}

function openJournal({ store, run }: Rehearsal, plan: Plan) {
  const openedAt = systemClock.now();
  const record = { run, drill: plan.drill, openedAt, plan: canonicalJson(plan) };
  return store.create(record, {
    at: openedAt,
    body: {
      type: 'run.opened',
      run,
      drill: plan.drill,
      planDigest: planDigest(plan),
      environment: { kind: plan.environment.kind, name: plan.environment.name },
      requestedBy: 'drillmaster',
      unattended: true,
      rehearsal: true,
      tool: 'drillmaster',
    },
  });
}

/** What stands then needs no restoration: the twin is ended with all that is on it. A journal that takes nothing more ends the engine at once. */
const untilStopped = (journal: RunJournal, stopped: AbortSignal): RunJournal => ({
  ...journal,
  append: async (events) => {
    stopped.throwIfAborted();
    return journal.append(events);
  },
});

function whyNoFurther(events: readonly DrillEvent[]): string {
  const preflight = events.find((event) => event.type === 'preflight.finished');
  if (preflight?.type === 'preflight.finished' && !preflight.ready)
    return `the rehearsal was not ready: ${preflight.findings.join('; ')}`;
  const failed = events.find((event) => event.type === 'step.failed' && event.check === undefined);
  if (failed?.type === 'step.failed')
    return `the rehearsal did not get to it: step ${failed.step} failed: ${failed.error.message}`;
  return 'the rehearsal did not get to it';
}

function benchOf(
  address: TwinAddress,
  action: Action<unknown, World>,
  input: unknown,
  context: ActionContext<World>,
): Bench {
  return {
    look: async (expect) => {
      const judged = expect === undefined ? input : { ...(input as object), expect };
      const started = await action.start(judged, { ...context, world: await asItIs(context) });
      return (started.kind === 'done' ? started.check?.observed : undefined) ?? 'green';
    },
    plant: async (corruption) => {
      try {
        const { id, planted } = await startTwinFault(address, corruption, context.signal);
        return { planted: String(planted), takeBack: () => endTwinFault(address, id) };
      } catch (error) {
        if (error instanceof TwinError && error.message.includes('NothingToCorrupt')) return undefined;
        throw new Error(`it could not be planted: ${toErrorData(error).message}`, { cause: error });
      }
    },
    pause: () => sleep(GREEN_AGAIN_MS, undefined, { signal: context.signal }),
  };
}

const hosts = z.record(z.string(), z.object({ host: z.string(), port: z.int() }));

/** What is planted at a door is found by whoever looks the host up anew. */
async function asItIs({ world, signal }: ActionContext<World>): Promise<World> {
  const { body } = await world.arm.get({ path: '/twin/hosts' }, signal);
  return { ...world, connection: { ...world.connection, hosts: hosts.parse(body) } };
}
