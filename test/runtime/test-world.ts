// A small world inside this process, and a catalogue whose actions do what a test tells them to.
import * as z from 'zod';
import {
  type Action,
  type ActionContext,
  type Catalogue,
  defineAction,
  defineCanary,
  defineProbe,
  type Inventory,
  type Started,
} from '../../src/model/action.ts';
import { CodedError } from '../../src/model/errors.ts';

export const SUBSCRIPTION = '11111111-1111-1111-1111-111111111111';
export const idOf = (name: string) =>
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-test/providers/Microsoft.Test/things/${name}`;
export const PRIMARY = idOf('primary');
export const REPLICA = idOf('replica');

/** What an attempt of a step does to the world, in the order of the attempts; the last one repeats. */
export type Behaviour =
  | 'done'
  | 'accepted'
  | 'refused'
  | 'refused-for-now'
  | 'refused-for-a-while'
  | 'lost-reply'
  | 'lost-request'
  | 'late-request'
  | 'slow-request'
  | 'hangs'
  | 'hangs-deaf'
  | 'look-fails'
  | 'misspelt'
  | 'nobody-knows';

/** What a throttling service asks to wait. */
export const WHILE_MS = 150;
/** A request that arrives late takes effect so long after it was given up. */
export const LATE_MS = 60;

/** A request that leaves late, so long after its intent. */
const SLOW_MS = 250;

export interface TestWorld {
  /** Is the service answering? */
  up: boolean;
  readonly facts: Map<string, Record<string, string | boolean>>;
  /** Everything that was asked of the world, in order: `start promote 1`. */
  readonly calls: string[];
  readonly behaviours: Map<string, readonly Behaviour[]>;
  /** Steps whose write took effect. */
  readonly effects: Set<string>;
  readonly rows: Set<number>;
  /** Rows above this never reach the place where they are read back. */
  lostAbove: number;
  leftOvers: string[];
  canaryFails: boolean;
  probeDelayMs: number;
}

export const createWorld = (): TestWorld => ({
  up: true,
  facts: new Map([
    [PRIMARY, { role: 'primary' }],
    [REPLICA, { role: 'replica' }],
  ]),
  calls: [],
  behaviours: new Map(),
  effects: new Set(),
  rows: new Set(),
  lostAbove: Number.POSITIVE_INFINITY,
  leftOvers: [],
  canaryFails: false,
  probeDelayMs: 0,
});

type Context = ActionContext<TestWorld>;
const nameOf = ({ key, run }: Context) => key.slice(run.length + 1);
const fail = (code: string, facts: object = {}) => Object.assign(new CodedError(code, `the world says ${code}`), facts);
const behaviourOf = (context: Context): Behaviour => {
  const list = context.world.behaviours.get(nameOf(context)) ?? ['done'];
  return list[Math.min(Math.max(1, context.attempt), list.length) - 1] ?? 'done';
};
const untilStopped = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

const writeInput = z.strictObject({ target: z.string().default(REPLICA), note: z.json().optional() });
type WriteInput = z.infer<typeof writeInput>;

async function startWrite(input: WriteInput, context: Context): Promise<Started> {
  const { world, attempt, signal } = context;
  const name = nameOf(context);
  world.calls.push(`start ${name} ${attempt}`);
  const behaviour = behaviourOf(context);
  if (behaviour === 'refused') throw fail('refused');
  if (behaviour === 'refused-for-now') throw fail('throttled', { retryable: true });
  if (behaviour === 'refused-for-a-while') throw fail('throttled', { retryable: true, retryAfterMs: WHILE_MS });
  if (behaviour === 'lost-request' || behaviour === 'nobody-knows') throw fail('connection-lost', { ambiguous: true });
  if (behaviour === 'hangs') return untilStopped(signal);
  if (behaviour === 'hangs-deaf') return new Promise(() => {});
  if (behaviour === 'slow-request') await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
  if (behaviour === 'late-request' || behaviour === 'slow-request') {
    setTimeout(() => world.effects.add(name), LATE_MS);
    throw fail('connection-lost', { ambiguous: true });
  }
  world.effects.add(name);
  if (behaviour === 'lost-reply') throw fail('connection-lost', { ambiguous: true });
  if (behaviour === 'accepted') return { kind: 'accepted', handle: `https://secret/${name}?sig=s` };
  return { kind: 'done', output: { step: name, note: input.note ?? null } };
}

const write = defineAction<WriteInput, TestWorld>({
  name: 'test/write',
  title: 'Write',
  kind: 'write',
  input: writeInput,
  writes: ({ target }) => [target],
  permissions: [],
  undo: 'reversible',
  changesDataRoles: false,
  forecast: { operation: 'test', typicalMs: 10 },
  inspect: async (_, context) => {
    const { world, attempt } = context;
    const name = nameOf(context);
    if (attempt > 0) world.calls.push(`inspect ${name} ${attempt}`);
    const behaviour = behaviourOf(context);
    const sent = world.calls.includes(`start ${name} ${attempt}`);
    if (behaviour === 'look-fails') throw fail('unreachable');
    if (behaviour === 'misspelt') throw Object.assign(fail('not found'), { missing: true });
    if (behaviour === 'nobody-knows' && sent) return { finding: 'unknown', detail: 'no record' };
    if (!world.effects.has(name)) return { finding: 'not-started', detail: 'not there', before: { was: 'before' } };
    if (behaviour === 'accepted') return { finding: 'running', detail: 'under way' };
    return { finding: 'done', detail: 'there', output: { step: name, found: true } };
  },
  start: startWrite,
  observe: async (_, handle, context) => {
    context.world.calls.push(`observe ${nameOf(context)} ${handle ?? 'no handle'}`);
    return { step: nameOf(context), observed: true };
  },
  takeBack: async (_, before, context) => {
    const name = nameOf(context);
    context.world.calls.push(`undo ${name} ${JSON.stringify(before)}`);
    if (context.world.behaviours.get(`undo ${name}`)?.[context.attempt - 1] === 'refused-for-now')
      throw fail('busy', { retryable: true });
    if (context.world.behaviours.get(`undo ${name}`)?.[context.attempt - 1] === 'refused-for-a-while')
      throw fail('busy', { retryable: true, retryAfterMs: WHILE_MS });
    context.world.effects.delete(name);
    return {};
  },
});

const outage = defineAction<object, TestWorld>({
  name: 'fault/outage',
  title: 'Outage',
  kind: 'fault',
  input: z.strictObject({}),
  writes: () => [],
  permissions: [],
  undo: 'reversible',
  changesDataRoles: false,
  forecast: { operation: 'outage', typicalMs: 10 },
  inspect: async (_, context) => {
    const { world, intendedAt, requests = [] } = context;
    if (behaviourOf(context) === 'look-fails') throw fail('unreachable');
    if (!world.calls.includes('outage')) return { finding: 'not-started', detail: 'in' };
    return {
      finding: 'done',
      detail: 'out',
      output: { effectiveAt: Date.now(), intendedAt: intendedAt ?? null, requests },
    };
  },
  start: async (_, { world, now }) => {
    world.calls.push('outage');
    world.up = false;
    const at = now();
    return {
      kind: 'done',
      output: { effectiveAt: at, earliest: at, latest: at, simulated: false, source: 'test', fidelity: [] },
    };
  },
  observe: async () => ({}),
  takeBack: async (_input, _before, { world }) => {
    world.calls.push('outage ended');
    world.up = true;
    return {};
  },
});

const recover = defineAction<object, TestWorld>({
  ...(write as unknown as Action<object, TestWorld>),
  name: 'test/recover',
  input: z.strictObject({}),
  writes: () => [REPLICA],
  start: async (_, context) => {
    context.world.up = true;
    return startWrite({ target: REPLICA }, context);
  },
});

/** Makes what it targets. */
const create = defineAction<WriteInput, TestWorld>({
  ...(write as unknown as Action<WriteInput, TestWorld>),
  name: 'test/create',
  writes: () => [],
  creates: ({ target }) => [target],
  start: async (given, context) => {
    const started = await startWrite(given, context);
    context.world.facts.set(given.target, { role: 'made' });
    return started;
  },
  takeBack: async ({ target }, _before, { world }) => {
    world.calls.push(`removed ${target}`);
    if (world.behaviours.get('removal')?.[0] !== 'nobody-knows') world.facts.delete(target);
    return {};
  },
});

const check = defineAction<{ passes: boolean }, TestWorld>({
  name: 'test/check',
  title: 'Check',
  kind: 'check',
  input: z.strictObject({ passes: z.boolean().default(true) }),
  writes: () => [],
  permissions: [],
  undo: 'nothing-to-undo',
  changesDataRoles: false,
  forecast: { operation: 'check', typicalMs: 1 },
  inspect: async () => ({ finding: 'not-started', detail: 'afresh' }),
  start: async ({ passes }, context) => {
    if (behaviourOf(context) === 'hangs') return untilStopped(context.signal);
    if (!passes) throw fail('check-failed', { check: { expected: 'true', observed: 'false' } });
    return { kind: 'done', output: {}, check: { expected: 'true', observed: 'true' } };
  },
  observe: async () => ({}),
});

const probe = defineProbe<object, TestWorld>({
  name: 'test/probe',
  title: 'Probe',
  input: z.strictObject({}),
  read: async (_, { world }) => {
    if (world.probeDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, world.probeDelayMs).unref());
    return world.up ? { healthy: true } : { healthy: false, detail: 'connection refused' };
  },
});

const canary = defineCanary<object, TestWorld>({
  name: 'test/canary',
  title: 'Canary',
  input: z.strictObject({}),
  writes: () => [PRIMARY],
  open: async (_, { world }) => {
    world.calls.push('canary opened');
    if (world.canaryFails) throw fail('canary-unreachable');
    return {
      write: async (sequence) => {
        if (world.calls.includes('outage')) throw fail('gone');
        world.rows.add(sequence);
      },
      close: async () => void world.calls.push('canary closed'),
    };
  },
  survivors: async (_, { world }) => {
    world.calls.push('canary read');
    return [...world.rows].filter((row) => row <= world.lostAbove).sort((a, b) => a - b);
  },
  remove: async (_, { world }) => {
    world.calls.push('canary removed');
    world.rows.clear();
    return ['rows'];
  },
  leftOvers: async (_, { world }) => world.leftOvers,
});

export const catalogue: Catalogue<TestWorld> = {
  actions: new Map([write, create, outage, recover, check].map((action) => [action.name, action])),
  probes: new Map([[probe.name, probe]]),
  canaries: new Map([[canary.name, canary]]),
};

export const inventory: Inventory<TestWorld> = {
  read: async (ids, { world }) => {
    const asked = ids.map((id) => ({
      id,
      type: 'Microsoft.Test/things',
      facts: world.facts.get(id) ?? { present: false },
    }));
    const others = [...world.facts].filter(([id]) => !ids.includes(id));
    return [...asked, ...others.map(([id, facts]) => ({ id, type: 'Microsoft.Test/things', facts }))];
  },
};
