import type { Environment } from '../../model/environment.ts';
import type { World } from './world-schema.ts';

/** The environment of a world, known before anything of it is started. */
export const environmentOf = ({ name, tenant, subscription, values }: World): Environment => ({
  kind: 'twin',
  name,
  tenant,
  subscription,
  values,
});
