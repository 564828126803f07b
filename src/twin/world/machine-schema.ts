// Virtual machines and the networks that they stand in, as a world file says them.
import * as z from 'zod';

const MACHINES_MAX = 20;
const LIST_MAX = 50;
const PRIORITY_MIN = 100;
const PRIORITY_MAX = 4096;

/** What the other schemas of a world file have in common with these. */
export interface WorldWords {
  readonly groupName: z.ZodString;
  readonly region: z.ZodString;
  readonly hostName: z.ZodString;
  readonly every: z.ZodType<number, string>;
}

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,61}[a-z0-9]$/, 'expected 2 to 63 lower-case letters, digits and hyphens');
const resourceName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/, 'expected the name of a network resource');

const rule = z.strictObject({
  name: resourceName,
  priority: z.int().min(PRIORITY_MIN).max(PRIORITY_MAX),
  direction: z.enum(['Inbound', 'Outbound']),
  access: z.enum(['Allow', 'Deny']),
  /** The other side: sources of inbound rules, destinations of outbound ones. */
  peer: z.enum(['*', 'VirtualNetwork', 'Internet']).default('*'),
});

/** The lists of networks, security groups and machines. */
export const machineLists = ({ groupName, region, hostName, every }: WorldWords) => ({
  virtualNetworks: z
    .array(
      z.strictObject({
        name: resourceName,
        group: groupName,
        region,
        subnets: z
          .array(z.strictObject({ name: resourceName, securityGroup: resourceName.optional() }))
          .min(1)
          .max(LIST_MAX),
      }),
    )
    .max(LIST_MAX)
    .default([]),
  networkSecurityGroups: z
    .array(
      z.strictObject({ name: resourceName, group: groupName, region, rules: z.array(rule).max(LIST_MAX).default([]) }),
    )
    .max(LIST_MAX)
    .default([]),
  machines: z
    .array(
      z.strictObject({
        name,
        group: groupName,
        region,
        /** `network/subnet`. */
        subnet: z
          .string()
          .regex(/^[^/]+\/[^/]+$/, 'expected network/subnet')
          .optional(),
        /** It files a document of its own this often. */
        writes: z.strictObject({ every }).optional(),
        /** Host name of this world that it works with in production. */
        production: hostName.optional(),
      }),
    )
    .max(MACHINES_MAX)
    .default([]),
});
