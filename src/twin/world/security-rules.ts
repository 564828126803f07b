// What the rules of a network security group let through, as Azure decides it: by priority, the first rule that fits counts, and within a
// virtual network everything is allowed that no rule denies.

export interface SecurityRule {
  readonly name: string;
  /** 100 to 4096; the lowest is looked at first. */
  readonly priority: number;
  readonly direction: 'Inbound' | 'Outbound';
  readonly access: 'Allow' | 'Deny';
  /** The other side that the rule is about: anybody, or a service tag. */
  readonly peer: '*' | 'VirtualNetwork' | 'Internet';
  /** Free text; nothing reads it here. */
  readonly description?: string | undefined;
}

/** What a subnet lets through. */
export interface Routes {
  readonly inbound: boolean;
  readonly outbound: boolean;
}

export const ALL_ROUTES: Routes = { inbound: true, outbound: true };

/** Whoever asks a machine, and whatever it works with in production, lies in the virtual network or one that is peered with it. */
export const routesOf = (rules: readonly SecurityRule[]): Routes => ({
  inbound: isAllowed(rules, 'Inbound'),
  outbound: isAllowed(rules, 'Outbound'),
});

const isAllowed = (rules: readonly SecurityRule[], wanted: SecurityRule['direction']): boolean =>
  rules
    .filter(({ direction, peer }) => direction === wanted && peer !== 'Internet')
    .toSorted((a, b) => a.priority - b.priority)[0]?.access !== 'Deny';
