// Namespaces of Service Bus and Event Hubs, and the aliases that pair two of them, as a world file says them.
import * as z from 'zod';
import { groupName, list, region } from './world-names.ts';

const namespaceName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9-]{4,48}[A-Za-z0-9]$/, 'expected 6 to 50 letters, digits and hyphens');

export const messagingNamespaceSchema = z.strictObject({
  name: namespaceName,
  group: groupName,
  region,
  /** The name that clients use; its primary is this namespace. */
  alias: z.strictObject({ name: namespaceName, secondary: namespaceName }).optional(),
});

export const messagingNamespaces = list(messagingNamespaceSchema).default([]);
export type WorldNamespace = Readonly<z.infer<typeof messagingNamespaceSchema>>;
