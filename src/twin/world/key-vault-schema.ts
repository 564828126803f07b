// Key vaults and the names of their secrets, as a world file says them. No value of a secret is ever in a world.
import * as z from 'zod';
import { groupName, list, region } from './world-names.ts';

export const keyVaultSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]$/, 'expected 3 to 24 letters, digits and hyphens'),
  group: groupName,
  region,
  secrets: list(z.string().regex(/^[A-Za-z0-9-]{1,127}$/, 'expected letters, digits and hyphens')).default([]),
});
