import type { Json } from './json.ts';

/** Where a drill runs. Known before anything is started, so that a plan and its digest do not depend on ports. */
export interface Environment {
  readonly kind: 'twin' | 'azure';
  readonly name: string;
  readonly tenant: string;
  readonly subscription: string;
  /** What drill files read as `environment.values`. */
  readonly values: { readonly [key: string]: Json };
  /** Everything that lies in a region of it: what a fault can reach. */
  readonly resources: readonly PlacedResource[];
}

/** A resource and where it lies. */
export interface PlacedResource {
  /** Full ARM id. */
  readonly id: string;
  /** Name of an Azure region: `westeurope`. */
  readonly region: string;
}

/** How a running environment is reached. Holds secrets: never journalled, logged or packed. */
export interface Connection {
  /** Azure Resource Manager: `https://management.azure.com`, or the twin's own address. */
  readonly armEndpoint: string;
  /** PEM of the authority to trust beside the system's; a twin has its own. */
  readonly authority?: string;
  /** Where a host name is really reached: `orders-db-weu.postgres.database.azure.com` → `127.0.0.1:40123`. Empty on Azure. */
  readonly hosts: { readonly [host: string]: { readonly host: string; readonly port: number } };
  /** The name server of a twin: `127.0.0.1:40124`. Absent: the system's. */
  readonly nameServer?: string;
  /** Sign-in for data planes. */
  readonly postgres?: { readonly user: string; readonly password: string; readonly database: string };
  /** How a twin is signed in to, through the identity library. On Azure: as whoever is signed in. */
  readonly client?: { readonly authorityHost: string; readonly clientId: string; readonly clientSecret: string };
  /** A bearer token that is known already: of a twin's operator. Used where there is no `client`. */
  readonly token?: string;
}
