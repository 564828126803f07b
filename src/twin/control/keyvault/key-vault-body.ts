// Key vaults and their secrets as Microsoft.KeyVault shows them. The control plane never shows a secret's value.
import { KEY_VAULT_TYPE, resourceId } from '../../world/resource-ids.ts';
import type { Cloud } from '../cloud.ts';

export interface KeyVault {
  readonly name: string;
  readonly group: string;
  readonly region: string;
  readonly createdAt: number;
  readonly secrets: readonly { readonly name: string; readonly version: string }[];
}

const SOFT_DELETE_DAYS = 90;

export const keyVaultBody = (vault: KeyVault, { world }: Cloud): object => ({
  id: resourceId(world.subscription, KEY_VAULT_TYPE, vault),
  name: vault.name,
  type: KEY_VAULT_TYPE,
  location: vault.region,
  tags: {},
  properties: {
    tenantId: world.tenant,
    sku: { family: 'A', name: 'standard' },
    accessPolicies: [],
    enabledForDeployment: false,
    enableSoftDelete: true,
    softDeleteRetentionInDays: SOFT_DELETE_DAYS,
    enableRbacAuthorization: true,
    vaultUri: vaultUri(vault),
    provisioningState: 'Succeeded',
    publicNetworkAccess: 'Enabled',
  },
});

export function secretBody(vault: KeyVault, secret: KeyVault['secrets'][number], { world }: Cloud): object {
  const at = Math.floor(vault.createdAt / 1000);
  const uri = `${vaultUri(vault)}secrets/${secret.name}`;
  return {
    id: `${resourceId(world.subscription, KEY_VAULT_TYPE, vault)}/secrets/${secret.name}`,
    name: secret.name,
    type: `${KEY_VAULT_TYPE}/secrets`,
    location: vault.region,
    tags: {},
    properties: {
      attributes: { enabled: true, created: at, updated: at },
      secretUri: uri,
      secretUriWithVersion: `${uri}/${secret.version}`,
    },
  };
}

const vaultUri = ({ name }: KeyVault) => `https://${name.toLowerCase()}.vault.azure.net/`;
