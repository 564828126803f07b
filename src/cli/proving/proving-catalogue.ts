// The catalogue of a rehearsal: every action as it is, and checks that are proved when their turn comes, one at a time.
import PQueue from 'p-queue';
import type { Action, ActionContext, Catalogue, Started } from '../../model/action.ts';
import type { Claim } from '../../model/corruption.ts';
import { toErrorData } from '../../model/errors.ts';
import type { ProvedCheck } from '../../model/events.ts';
import type { World } from '../../providers/world.ts';
import { type Bench, proveCheck, shorten } from './prove-check.ts';

export interface Proving {
  /** What plants and looks on behalf of one check. */
  readonly benchOf: (action: Action<unknown, World>, input: unknown, context: ActionContext<World>) => Bench;
  /** Told of each check after its turn; again when it is tried again. */
  readonly onCheck: (check: ProvedCheck) => void;
}

/** While something is planted for one check, no other one looks. A check that is not green is not proved, and says so as it would otherwise. */
export function provingCatalogue(catalogue: Catalogue<World>, proving: Proving): Catalogue<World> {
  const turns = new PQueue({ concurrency: 1 });
  const actions = [...catalogue.actions].map(([name, action]) => {
    if (action.kind !== 'check') return [name, action] as const;
    const start: typeof action.start = (input, context) =>
      turns.add(() => proveOne(action, input, context, proving)) as Promise<Started>;
    return [name, { ...action, start }] as const;
  });
  return { ...catalogue, actions: new Map(actions) };
}

async function proveOne(
  action: Action<unknown, World>,
  input: unknown,
  context: ActionContext<World>,
  { benchOf, onCheck }: Proving,
): Promise<Started> {
  const check = { step: context.key.slice(context.run.length + 1), uses: action.name };
  const started = await action.start(input, context).catch((error: unknown) => {
    const problem = shorten(`it was not green before anything was planted: ${toErrorData(error).message}`);
    onCheck({ ...check, proved: false, reading: null, problem, claims: [] });
    throw error;
  });
  const reading = (started.kind === 'done' ? started.check?.observed : undefined) ?? 'green';
  const proof = await proveCheck(claimsOf(action, input, context), reading, benchOf(action, input, context));
  onCheck({ ...check, ...proof });
  return started;
}

const claimsOf = (
  { claims }: Action<unknown, World>,
  input: unknown,
  { world }: ActionContext<World>,
): readonly Claim[] => claims?.(input, world.environment) ?? [];
