// Virtual networks and security groups of a world. A rule that changes is a way that opens or closes for the machines of its subnets.
import { SECURITY_GROUP_TYPE } from '../../world/resource-ids.ts';
import { routesOf, type SecurityRule } from '../../world/security-rules.ts';
import type { World } from '../../world/world-schema.ts';
import { Refusal, resourceNotFound } from '../arm-reply.ts';
import type { Machines } from '../machine-plane.ts';

export interface SecurityGroup {
  readonly name: string;
  readonly group: string;
  readonly region: string;
  /** As they are shown, those included that are being changed. */
  readonly rules: Map<string, SecurityRule>;
  /** As they are in force. */
  readonly inForce: Map<string, SecurityRule>;
  /** Rules that are being changed, and how. */
  readonly pending: Map<string, 'Updating' | 'Deleting'>;
}

export type VirtualNetwork = World['virtualNetworks'][number];

export class NetworkRecords {
  readonly networks: readonly VirtualNetwork[];
  readonly #groups: readonly SecurityGroup[];
  readonly #machines: Machines;

  constructor({ virtualNetworks, networkSecurityGroups }: World, machines: Machines) {
    this.networks = virtualNetworks;
    this.#groups = networkSecurityGroups.map(({ rules, ...group }) => ({
      ...group,
      rules: byName(rules),
      inForce: byName(rules),
      pending: new Map(),
    }));
    this.#machines = machines;
  }

  securityGroups(group?: string): readonly SecurityGroup[] {
    return this.#groups.filter((found) => group === undefined || found.group.toLowerCase() === group.toLowerCase());
  }

  /** Throws Refusal 404 `ResourceNotFound`. */
  securityGroup(group: string, name: string): SecurityGroup {
    const found = this.securityGroups(group).find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
    if (found === undefined) throw resourceNotFound(SECURITY_GROUP_TYPE, name, group);
    return found;
  }

  /** Shows a change that is not in force yet. Throws Refusal 409 while the rule is being changed already. */
  begin({ rules, pending }: SecurityGroup, name: string, rule: SecurityRule | undefined): void {
    const key = name.toLowerCase();
    if (pending.has(key))
      throw new Refusal(
        409,
        'AnotherOperationInProgress',
        `Another operation on the security rule ${name} is in progress.`,
      );
    pending.set(key, rule === undefined ? 'Deleting' : 'Updating');
    if (rule !== undefined) rules.set(key, rule);
  }

  /** The change is in force. */
  enforce(group: SecurityGroup, name: string, rule: SecurityRule | undefined): void {
    if (rule === undefined) group.inForce.delete(name.toLowerCase());
    else group.inForce.set(name.toLowerCase(), rule);
    this.#apply(group);
  }

  /** The operation is over: what is in force is what is shown, whatever became of it. */
  settle({ rules, inForce, pending }: SecurityGroup, name: string): void {
    const key = name.toLowerCase();
    const rule = inForce.get(key);
    pending.delete(key);
    if (rule === undefined) rules.delete(key);
    else rules.set(key, rule);
  }

  #apply({ name, inForce }: SecurityGroup): void {
    const routes = routesOf([...inForce.values()]);
    for (const network of this.networks)
      for (const subnet of network.subnets)
        if (subnet.securityGroup === name) this.#machines.allow(`${network.name}/${subnet.name}`, routes);
  }
}

const byName = (rules: readonly SecurityRule[]) => new Map(rules.map((rule) => [rule.name.toLowerCase(), rule]));
