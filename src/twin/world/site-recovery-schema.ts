// Site Recovery of a world: which machines are replicated to another region, how often, and the recovery plans over them.
import * as z from 'zod';
import { parseDuration } from '../../model/duration.ts';
import { missing, type WorldIssue } from './world-issues.ts';

const MACHINES_MAX = 20;
const PLANS_MAX = 10;
const GROUPS_MAX = 7;
const EVERY_MS_MIN = 500;
const EVERY_MS_MAX = 24 * 3600 * 1000;
const EVERY_MS_DEFAULT = 5000;
const APPLICATION_EVERY_MS_DEFAULT = 60_000;
const KEPT_MAX = 50;
const KEPT_DEFAULT = 12;

const interval = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= EVERY_MS_MIN && ms <= EVERY_MS_MAX) return ms;
  context.addIssue({
    code: 'custom',
    message: `expected an ISO 8601 duration between ${EVERY_MS_MIN} ms and ${EVERY_MS_MAX} ms, found "${text}"`,
  });
  return z.NEVER;
});
const machineName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'expected the name of a machine');

const replicated = z.strictObject({
  machine: machineName,
  /** The region that it is replicated to. */
  to: z.string().min(1),
  /** Resource group of what failovers make. */
  group: z.string().min(1),
  /** The virtual network there that a failover puts the machine into. */
  network: z.string().min(1),
  /** What the machine is called after a failover: machines of a world have names of their own. */
  as: machineName.optional(),
  /** How often a crash-consistent recovery point is taken, and an application-consistent one. */
  every: interval.default(EVERY_MS_DEFAULT),
  applicationEvery: interval.default(APPLICATION_EVERY_MS_DEFAULT),
  /** Older points are removed when there are more. */
  keep: z.int().min(1).max(KEPT_MAX).default(KEPT_DEFAULT),
});

const plan = z.strictObject({
  name: z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,62}$/, 'expected a letter, then letters, digits and hyphens'),
  /** Machines of one group come up together, the next group after it. */
  groups: z.array(z.array(machineName).min(1).max(MACHINES_MAX)).min(1).max(GROUPS_MAX),
});

export const siteRecoverySchema = z.strictObject({
  /** One of the world's recovery vaults. */
  vault: z.string().min(1),
  machines: z.array(replicated).min(1).max(MACHINES_MAX),
  plans: z.array(plan).max(PLANS_MAX).default([]),
});

export type WorldSiteRecovery = z.infer<typeof siteRecoverySchema>;
type Replicated = WorldSiteRecovery['machines'][number];

interface Placed {
  readonly name: string;
  readonly region: string;
}

/** What of a world Site Recovery relies on. */
export interface SiteWorld {
  readonly regions: readonly string[];
  readonly links: readonly { readonly between: readonly [string, string] }[];
  readonly resourceGroups: readonly Placed[];
  readonly recoveryVaults: readonly (Placed & { readonly group: string })[];
  readonly machines: readonly (Placed & { readonly group: string })[];
  readonly virtualNetworks: readonly (Placed & { readonly group: string })[];
  readonly siteRecovery: readonly WorldSiteRecovery[];
}

/** The name of a replicated machine after its failover. */
export const recoveryName = ({ machine, as }: Pick<Replicated, 'machine' | 'as'>): string =>
  as ?? `${machine}-recovered`;

/** A machine is replicated once, to a linked region whose network is there; a plan holds machines of its vault, each once. */
export function checkSiteRecovery(world: SiteWorld): readonly WorldIssue[] {
  const seen = new Set<string>();
  return world.siteRecovery.flatMap((entry, at) => {
    const path = ['siteRecovery', at];
    return [
      ...missing([...path, 'vault'], 'a recovery vault', entry.vault, namesOf(world.recoveryVaults)),
      ...entry.machines.flatMap((item, nth) => checkMachine(item, [...path, 'machines', nth], world, seen)),
      ...checkPlans(entry, path),
    ];
  });
}

function checkMachine(
  item: Replicated,
  path: readonly PropertyKey[],
  world: SiteWorld,
  seen: Set<string>,
): readonly WorldIssue[] {
  const { machine, to, network, group } = item;
  const from = world.machines.find(({ name }) => name === machine)?.region;
  const linked = world.links.some(({ between }) => from !== to && between.includes(to) && between.includes(from ?? to));
  const again = seen.has(machine);
  seen.add(machine);
  const networks = world.virtualNetworks.filter(({ region }) => region === to);
  const taken = world.machines.some(({ name }) => name === recoveryName(item));
  return [
    ...missing([...path, 'machine'], 'a machine', machine, namesOf(world.machines)),
    ...missing([...path, 'to'], 'a region', to, world.regions),
    ...missing([...path, 'group'], 'a resource group', group, namesOf(world.resourceGroups)),
    ...missing([...path, 'network'], `a virtual network in ${to}`, network, namesOf(networks)),
    ...issue(!again, [...path, 'machine'], `expected each machine once, found "${machine}" again`),
    ...issue(from !== to, [...path, 'to'], `expected another region than the machine's own, found ${to}`),
    ...issue(
      from === undefined || from === to || linked,
      [...path, 'to'],
      `expected a link between ${from} and ${to}, found none`,
    ),
    ...issue(!taken, [...path, 'as'], `expected a name that no machine has, found "${recoveryName(item)}"`),
  ];
}

function checkPlans({ machines, plans }: WorldSiteRecovery, path: readonly PropertyKey[]): readonly WorldIssue[] {
  const known = machines.map(({ machine }) => machine);
  return plans.flatMap(({ name, groups }, at) => {
    const here = [...path, 'plans', at];
    const members = groups.flat();
    const twice = members.find((member, nth) => members.indexOf(member) !== nth);
    const directions = new Set(machines.filter(({ machine }) => members.includes(machine)).map(({ to }) => to));
    return [
      ...members.flatMap((member) => missing([...here, 'groups'], 'a protected machine', member, known)),
      ...issue(twice === undefined, [...here, 'groups'], `expected each machine once, found "${twice}" again`),
      ...issue(directions.size < 2, [...here, 'groups'], 'expected machines that go to one region, found several'),
      ...issue(
        plans.findIndex((other) => other.name.toLowerCase() === name.toLowerCase()) === at,
        [...here, 'name'],
        `expected each name once, found "${name}" again`,
      ),
    ];
  });
}

const namesOf = (items: readonly { readonly name: string }[]) => items.map(({ name }) => name);

const issue = (isRight: boolean, path: readonly PropertyKey[], message: string): readonly WorldIssue[] =>
  isRight ? [] : [{ path, message }];
