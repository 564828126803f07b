// A Recovery Services vault as the control plane shows it.
import * as z from 'zod';
import type { Json } from '../../../model/json.ts';
import { ProviderError } from '../../provider-error.ts';

export const VAULT_API_VERSION = '2024-04-01';

const shape = z.object({
  location: z.string(),
  sku: z.object({ name: z.string() }).nullish(),
  properties: z.object({ provisioningState: z.string().nullish() }).nullish(),
});

/** What of a vault must be the same before and after a drill. Throws ProviderError `answer-invalid`. */
export function parseVault(body: Json | undefined) {
  const parsed = shape.safeParse(body);
  if (!parsed.success)
    throw new ProviderError('answer-invalid', 'expected a Recovery Services vault, found something else');
  const { location, sku, properties } = parsed.data;
  return { location, sku: sku?.name ?? null, provisioningState: properties?.provisioningState ?? null };
}
