// Microsoft.KeyVault/vaults: reading. Nothing of a vault is changed, and it is read while its region is lost.
import { KEY_VAULT_TYPE } from '../../world/resource-ids.ts';
import { ok, resourceNotFound } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import { sameName } from '../named-records.ts';
import { page } from '../paging.ts';
import { type ArmRequest, type Route, served } from '../route.ts';
import { KEY_VAULT_VERSIONS } from '../service-versions.ts';
import { keyVaultBody, secretBody } from './key-vault-body.ts';

const SUBSCRIPTION = `/subscriptions/{subscription}/providers/${KEY_VAULT_TYPE}`;
const GROUP = `/subscriptions/{subscription}/resourceGroups/{group}/providers/${KEY_VAULT_TYPE}`;
const VAULT = `${GROUP}/{vault}`;

export function keyVaultRoutes(cloud: Cloud): readonly Route[] {
  const { keyVaults } = cloud.services;
  const listed = (request: ArmRequest, items: readonly object[]) => page(request, cloud.endpoint(), items);
  const vaults = (group?: string) => keyVaults.list(group).map((vault) => keyVaultBody(vault, cloud));
  const vaultOf = ({ names: { group = '', vault = '' } }: ArmRequest) => {
    cloud.groups.get(group);
    return keyVaults.get(group, vault);
  };
  const secretOf = (request: ArmRequest) => {
    const vault = vaultOf(request);
    const name = request.names['secret'] ?? '';
    const secret = vault.secrets.find((known) => sameName(known.name, name));
    if (secret === undefined) throw resourceNotFound(`${KEY_VAULT_TYPE}/secrets`, name, vault.group);
    return secretBody(vault, secret, cloud);
  };
  return served(KEY_VAULT_VERSIONS, [
    { method: 'GET', path: SUBSCRIPTION, handle: (request) => listed(request, vaults()) },
    {
      method: 'GET',
      path: GROUP,
      handle: (request) => listed(request, vaults(cloud.groups.get(request.names['group'] ?? '').name)),
    },
    { method: 'GET', path: VAULT, handle: (request) => ok(keyVaultBody(vaultOf(request), cloud)) },
    {
      method: 'GET',
      path: `${VAULT}/secrets`,
      handle: (request) => {
        const vault = vaultOf(request);
        return listed(
          request,
          vault.secrets.map((secret) => secretBody(vault, secret, cloud)),
        );
      },
    },
    { method: 'GET', path: `${VAULT}/secrets/{secret}`, handle: (request) => ok(secretOf(request)) },
  ]);
}
