// Cosmos DB accounts, as a world file says them.
import * as z from 'zod';
import { groupName, list, region } from './world-names.ts';

export const cosmosAccountSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{2,43}$/, 'expected 3 to 44 lower-case letters, digits and hyphens'),
  group: groupName,
  /** In the order of their failover priority; the first one takes writes. */
  regions: list(region).min(1),
});

export type WorldCosmosAccount = Readonly<z.infer<typeof cosmosAccountSchema>>;
