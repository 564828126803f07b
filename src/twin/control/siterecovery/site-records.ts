// What Site Recovery protects, and how it stands: items with their recovery points, and the recovery plans over them.
import { recoveryName, type SiteWorld, type WorldSiteRecovery } from '../../world/site-recovery-schema.ts';
import { Refusal, resourceNotFound } from '../arm-reply.ts';
import type { Consistency } from '../machine-plane.ts';
import { containerName, fabricName, ITEM_TYPE, PLAN_TYPE, type VaultPlace } from './ids.ts';

export interface RecoveryPoint {
  readonly id: string;
  /** Epoch ms: what was acknowledged before it is in the copy. */
  readonly takenAt: number;
  readonly consistency: Consistency;
}

/** One end of a replication: a machine, or the place where one will be made. */
export interface Site {
  readonly region: string;
  readonly machine: string;
  readonly group: string;
  /** The virtual network that a failover puts the machine into, as its ARM id; undefined: that of the machine as the world has it. */
  readonly network: string | undefined;
  /** True: the machine here ran before the replication was reversed, and is out of use. */
  readonly isLeft?: boolean;
}

/** A test failover that nobody has cleaned up. */
interface StandingTest {
  readonly job: string;
  readonly machine: string;
  readonly startedAt: number;
}

export interface ProtectedItem extends VaultPlace {
  readonly name: string;
  readonly everyMs: number;
  readonly applicationEveryMs: number;
  readonly keep: number;
  from: Site;
  to: Site;
  phase: 'initial' | 'protected' | 'failed-over' | 'committed';
  /** Oldest first. */
  points: readonly RecoveryPoint[];
  test: StandingTest | undefined;
  /** The job that is at work on it. */
  busy: string | undefined;
  /** The job that worked on it last, and when it began. */
  last: { readonly job: string; readonly scenario: string; readonly startedAt: number } | undefined;
  lastTestAt: number | undefined;
  lastFailoverAt: number | undefined;
  /** The point that its last failover used. */
  failoverPoint: string | undefined;
}

export interface RecoveryPlan extends VaultPlace {
  readonly name: string;
  readonly groups: readonly (readonly ProtectedItem[])[];
  last: ProtectedItem['last'];
  lastTestAt: number | undefined;
  lastFailoverAt: number | undefined;
}

export class SiteRecords {
  readonly #items: readonly ProtectedItem[];
  readonly #plans: readonly RecoveryPlan[];

  /** `networkId`: the ARM id of a virtual network of the world. */
  constructor(world: SiteWorld, networkId: (name: string) => string) {
    const built = world.siteRecovery.map((entry) => build(entry, world, networkId));
    this.#items = built.flatMap(({ items }) => items);
    this.#plans = built.flatMap(({ plans }) => plans);
  }

  items(place?: VaultPlace): readonly ProtectedItem[] {
    return this.#items.filter((item) => place === undefined || isIn(item, place));
  }

  plans(place: VaultPlace): readonly RecoveryPlan[] {
    return this.#plans.filter((plan) => isIn(plan, place));
  }

  /** The regions that a vault replicates from or to, in a fixed order. */
  regions(place: VaultPlace): readonly string[] {
    return [...new Set(this.items(place).flatMap(({ from, to }) => [from.region, to.region]))].sort();
  }

  /** The item at a path. It is in the container of the region where it runs. Throws Refusal 404. */
  item(place: VaultPlace, { fabric = '', container = '', item = '' }: Readonly<Record<string, string>>): ProtectedItem {
    const found = this.items(place).find(
      ({ name, from }) =>
        same(name, item) && same(fabricName(from.region), fabric) && same(containerName(from.region), container),
    );
    if (found === undefined) throw resourceNotFound(ITEM_TYPE, item, place.group);
    return found;
  }

  /** The region of a fabric. Throws Refusal 404. */
  region(place: VaultPlace, { fabric = '', container }: Readonly<Record<string, string>>): string {
    const found = this.regions(place).find((region) => same(fabricName(region), fabric));
    if (found === undefined || (container !== undefined && !same(containerName(found), container)))
      throw new Refusal(
        404,
        'ResourceNotFound',
        `The fabric '${container ?? fabric}' was not found in '${place.vault}'.`,
      );
    return found;
  }

  /** Throws Refusal 404. */
  plan(place: VaultPlace, name: string): RecoveryPlan {
    const found = this.plans(place).find((plan) => same(plan.name, name));
    if (found === undefined) throw resourceNotFound(PLAN_TYPE, name, place.group);
    return found;
  }
}

export const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
const isIn = (held: VaultPlace, { vault, group }: VaultPlace) => same(held.vault, vault) && same(held.group, group);

function build({ vault, machines, plans }: WorldSiteRecovery, world: SiteWorld, networkId: (name: string) => string) {
  const place = { vault, group: world.recoveryVaults.find(({ name }) => name === vault)?.group ?? '' };
  const items = machines.map((replicated): ProtectedItem => {
    const { machine, to, group, network, every, applicationEvery, keep } = replicated;
    const placed = world.machines.find(({ name }) => name === machine);
    return {
      ...place,
      name: machine,
      everyMs: every,
      applicationEveryMs: applicationEvery,
      keep,
      from: { region: placed?.region ?? '', machine, group: placed?.group ?? '', network: undefined },
      to: { region: to, machine: recoveryName(replicated), group, network: networkId(network) },
      phase: 'initial',
      points: [],
      ...NOTHING_YET,
    };
  });
  const member = (name: string) => items.filter((item) => item.name === name);
  return {
    items,
    plans: plans.map(
      ({ name, groups }): RecoveryPlan => ({
        ...place,
        name,
        groups: groups.map((names) => names.flatMap(member)),
        last: undefined,
        lastTestAt: undefined,
        lastFailoverAt: undefined,
      }),
    ),
  };
}

const NOTHING_YET = {
  test: undefined,
  busy: undefined,
  last: undefined,
  lastTestAt: undefined,
  lastFailoverAt: undefined,
  failoverPoint: undefined,
} as const;
