// What each write of the sample drills makes of the resources that it touches: the world's side of the actions, without their requests.
import type { Json } from '../../src/model/json.ts';
import type { Plan, PlannedStep } from '../../src/plan/plan.ts';

export type Facts = Readonly<Record<string, Json>>;
/** Resource id → facts that hold there afterwards. */
export type Change = ReadonlyMap<string, Facts>;
export type Standing = ReadonlyMap<string, Facts>;

type Input = Readonly<Record<string, string>>;

const WRITES: Readonly<Record<string, (input: Input, standing: Standing) => Change>> = {
  'fault/faulty-release': ({ server = '' }) => new Map([[server, { damaged: true }]]),
  'postgres/access': ({ server = '', access = '' }) => new Map([[server, { access }]]),
  'azure/postgresql.promote': ({ server = '', mode }, standing) => {
    const source = standing.get(server)?.['source'];
    const others =
      mode === 'planned' && typeof source === 'string' ? [[source, { role: 'replica', source: server }]] : [];
    return new Map([[server, { role: 'primary', source: null }], ...(others as [string, Facts][])]);
  },
  'azure/postgresql.replica': ({ server = '', source = '' }) => new Map([[server, { role: 'replica', source }]]),
  'azure/trafficmanager.endpoint': ({ profile = '', endpoint = '', status = '' }) =>
    new Map([[profile, { [endpoint]: status }]]),
  'azure/storage.failover': ({ account = '', to = '', mode }) =>
    new Map([[account, { primary: to, replicated: mode === 'planned' }]]),
  'azure/storage.replication': ({ account = '' }) => new Map([[account, { replicated: true }]]),
};

/** What is so once the step's request took effect. Throws for an action that the model does not know: a new sample drill needs its line here. */
export function changeOf(plan: Plan, step: PlannedStep, standing: Standing): Change {
  if (step.creates !== undefined) return new Map(step.creates.map((id) => [id, { present: true }]));
  if (step.child !== undefined) return new Map([[childId(step), { ended: true }]]);
  if (step.uses === 'fault/region-outage')
    return new Map(plan.scope.slice(0, 1).map((id) => [id, { reachable: false }]));
  const write = WRITES[step.uses];
  if (write === undefined) throw new Error(`expected a model of ${step.uses} (step ${step.id}), found none`);
  return write(step.with as Input, standing);
}

const childId = ({ id }: Pick<PlannedStep, 'id'>): string => `child ${id}`;

/** The facts of a resource before the drill, by its type and by the region in its name. */
export function factsBefore(plan: Plan, id: string): Facts {
  const isCopy = id.endsWith('-neu');
  const source = plan.scope.find((other) => other !== id && other.includes('/flexibleServers/')) ?? null;
  if (id.includes('/flexibleServers/'))
    return {
      ...PLAIN,
      damaged: false,
      access: 'read-write',
      role: isCopy ? 'replica' : 'primary',
      source: isCopy ? source : null,
    };
  if (id.includes('/trafficManagerProfiles/')) return { ...PLAIN, westeurope: 'Enabled' };
  if (id.includes('/storageAccounts/')) return { ...PLAIN, primary: 'westeurope', replicated: true };
  return PLAIN;
}

const PLAIN: Facts = { reachable: true };
