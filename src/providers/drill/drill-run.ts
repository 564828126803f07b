// Another drill as a step: a run of its own, which whoever drives this run drives too. Its end is the end of the step.
import * as z from 'zod';
import { type ActionContext, defineAction } from '../../model/action.ts';
import type { ChildCall, ChildRuns } from '../../model/child.ts';
import { ProviderError } from '../provider-error.ts';
import type { World } from '../world.ts';

const PATH_CHARACTERS_MAX = 200;
const ROLES_MAX = 100;
const ONE_MINUTE_MS = 60_000;
const INSIDE = /^(?!\/)(?!.*(^|\/)\.\.(\/|$))[^\\]+\.ya?ml$/;

const role = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'expected a role in lower case with hyphens, as in dr-lead');

export const drillRun = defineAction<ChildCall, World>({
  name: 'drill/run',
  title: 'Run another drill of the workspace as a child',
  kind: 'write',
  input: z.strictObject({
    drill: z
      .string()
      .max(PATH_CHARACTERS_MAX)
      .regex(INSIDE, { error: 'expected a drill file inside the workspace, as in drills/region-failover.yaml' })
      .describe('Drill file of the workspace; its own scope, objectives and approvals hold'),
    declaration: z
      .strictObject({ roles: z.array(role).min(1).max(ROLES_MAX) })
      .optional()
      .describe('Roles that declare recovery in a child that declares by itself otherwise'),
  }),
  writes: () => [],
  child: (call) => call,
  permissions: [],
  // The child restores what it did before it ends; this step has done nothing beside it.
  undo: 'nothing-to-undo',
  changesDataRoles: false,
  forecast: { operation: 'drill/run', typicalMs: ONE_MINUTE_MS },
  inspect: async (_, { world, key, attempt }) => {
    const { run, standing } = await driver(world).look(key, attempt);
    if (standing === 'absent') return { finding: 'not-started', detail: `there is no run ${run}` };
    // How a closed one ended is for `observe` to tell: not every end is a success.
    return { finding: 'running', detail: `run ${run} is ${standing}` };
  },
  start: async (_, { world, key, attempt }) => {
    const { run } = await driver(world).begin(key, attempt);
    return { kind: 'accepted', handle: run };
  },
  observe: async (_, __, context) => ended(context),
});

/** Records how the child ended; throws ProviderError `child-failed` unless it passed. */
async function ended({ world, key, attempt, signal, recordChild }: ActionContext<World>) {
  const { why, ...child } = await driver(world).end(key, attempt, signal);
  await recordChild?.(child);
  const { drill, run, outcome, digest } = child;
  if (outcome !== 'passed')
    throw new ProviderError('child-failed', `child run ${run} ended ${outcome}${why === '' ? '' : `: ${why}`}`);
  if (digest === null)
    throw new ProviderError('child-failed', `child run ${run} passed and has no evidence that verifies: ${why}`);
  return { drill, run, outcome, digest };
}

function driver({ children }: World): ChildRuns {
  if (children !== undefined) return children;
  throw new ProviderError('child-undriven', 'expected somebody who drives child runs, found nobody');
}
