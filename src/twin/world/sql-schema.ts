// SQL servers, their databases, and the failover groups that pair them, as a world file says them.
import * as z from 'zod';
import { groupName, hostLabel, list, region } from './world-names.ts';

const databaseName = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_-]{0,127}$/, 'expected letters, digits, hyphens and underscores');

const database = z.strictObject({
  name: databaseName,
  /** The server that holds a readable copy, outside of any failover group. */
  copy: hostLabel.optional(),
});

export const sqlServerSchema = z.strictObject({
  name: hostLabel,
  group: groupName,
  region,
  databases: list(database).default([]),
});

export const sqlFailoverGroupSchema = z.strictObject({
  name: hostLabel,
  primary: hostLabel,
  secondary: hostLabel,
  /** Databases of the primary. */
  databases: list(databaseName).min(1),
  policy: z.enum(['Manual', 'Automatic']).default('Manual'),
});
