// What a vault replicates, as its control plane shows it: the items that an action is about, and how each of them stands.
import * as z from 'zod';
import type { Json, JsonObject } from '../../../model/json.ts';
import { parseResourceId, sameResource } from '../../../model/resource-id.ts';
import type { Target } from '../../arm/allowed-url.ts';
import { ProviderError } from '../../provider-error.ts';
import { MACHINE_TYPE } from '../../resource-input.ts';
import type { World } from '../../world.ts';

export const SITE_API_VERSION = '2023-06-01';
const VAULT = 'Microsoft.RecoveryServices/vaults';
export const PLAN_TYPE = `${VAULT}/replicationRecoveryPlans`;
const ITEM_TYPE = `${VAULT}/replicationFabrics/replicationProtectionContainers/replicationProtectedItems`;

/** A recovery plan or a protected item, as an input of an action. */
export const targetInput = z
  .string()
  .refine((text) => isPlan(text) || isItem(text), `expected the full ARM id of a ${PLAN_TYPE} or a ${ITEM_TYPE}`)
  .describe('Full ARM id of a recovery plan, or of one protected item');

const typeOf = (id: string) => parseResourceId(id)?.type ?? '';
export const isPlan = (id: string): boolean => sameResource(typeOf(id), PLAN_TYPE);
const isItem = (id: string): boolean => sameResource(typeOf(id), ITEM_TYPE);

export const siteTarget = (path: string): Target => ({ path, apiVersion: SITE_API_VERSION });
/** The vault that an id lies in. */
export const vaultOf = (id: string): string => id.split('/').slice(0, 9).join('/');
export const lastName = (id: string): string => id.split('/').at(-1) ?? '';

export interface ProtectedItem {
  readonly id: string;
  readonly name: string;
  readonly friendlyName: string;
  readonly protectionState: string;
  readonly description: string;
  readonly activeLocation: string;
  /** None, WaitingForCompletion, MarkedForDeletion, …; None: no test failover stands. */
  readonly testFailoverState: string;
  readonly allowedOperations: readonly string[];
  readonly health: string;
  /** ARM id of the job that works on it or waits for it; undefined: none. */
  readonly job: string | undefined;
  readonly primaryLocation: string | undefined;
  readonly recoveryLocation: string | undefined;
  /** ARM id of the resource group of what failovers make. */
  readonly recoveryGroup: string | undefined;
  /** The name of the machine that a failover makes. */
  readonly recoveryName: string | undefined;
  readonly rpoSeconds: number | undefined;
}

const text = z.string().nullish();
const itemShape = z.object({
  id: z.string(),
  name: z.string(),
  properties: z.object({
    friendlyName: text,
    protectionState: text,
    protectionStateDescription: text,
    activeLocation: text,
    testFailoverState: text,
    allowedOperations: z.array(z.string()).nullish(),
    replicationHealth: text,
    currentScenario: z.object({ scenarioName: text, jobId: text }).nullish(),
    providerSpecificDetails: z
      .object({
        primaryFabricLocation: text,
        recoveryFabricLocation: text,
        recoveryAzureResourceGroupId: text,
        recoveryAzureVMName: text,
        rpoInSeconds: z.number().nullish(),
      })
      .nullish(),
  }),
});

/** Throws ProviderError `answer-invalid` when it is no protected item. */
export function parseItem(body: Json | undefined): ProtectedItem {
  const parsed = itemShape.safeParse(body);
  if (!parsed.success) throw invalid('a protected item', parsed.error);
  const { id, name, properties } = parsed.data;
  const { currentScenario, providerSpecificDetails: details } = properties;
  const jobId = currentScenario?.jobId ?? '';
  return {
    id,
    name,
    friendlyName: properties.friendlyName ?? name,
    protectionState: properties.protectionState ?? 'Unknown',
    description: properties.protectionStateDescription ?? properties.protectionState ?? 'Unknown',
    activeLocation: properties.activeLocation ?? 'Unknown',
    testFailoverState: properties.testFailoverState ?? 'None',
    allowedOperations: properties.allowedOperations ?? [],
    health: properties.replicationHealth ?? 'Unknown',
    job: jobId === '' || /^none$/i.test(lastName(jobId)) ? undefined : jobId,
    primaryLocation: details?.primaryFabricLocation ?? undefined,
    recoveryLocation: details?.recoveryFabricLocation ?? undefined,
    recoveryGroup: details?.recoveryAzureResourceGroupId ?? undefined,
    recoveryName: details?.recoveryAzureVMName ?? undefined,
    rpoSeconds: details?.rpoInSeconds ?? undefined,
  };
}

const planShape = z.object({
  properties: z.object({
    allowedOperations: z.array(z.string()).nullish(),
    groups: z.array(z.object({ replicationProtectedItems: z.array(z.object({ id: z.string() })).nullish() })).nullish(),
  }),
});

export interface RecoveryPlan {
  readonly allowedOperations: readonly string[];
  /** Names of its protected items, in the order of its groups. */
  readonly items: readonly string[];
}

/** Throws ProviderError `answer-invalid` when it is no recovery plan. */
export function parsePlan(body: Json | undefined): RecoveryPlan {
  const parsed = planShape.safeParse(body);
  if (!parsed.success) throw invalid('a recovery plan', parsed.error);
  const { allowedOperations, groups } = parsed.data.properties;
  const ids = (groups ?? []).flatMap(({ replicationProtectedItems: members }) => (members ?? []).map(({ id }) => id));
  return { allowedOperations: allowedOperations ?? [], items: ids.map(lastName) };
}

/**
 * The items of a recovery plan, or the one item, wherever in the vault they are now: re-protection moves an item to another container.
 * Throws ProviderError `answer-invalid` when one of them is not there.
 */
export async function readItems(of: string, world: World, signal: AbortSignal): Promise<readonly ProtectedItem[]> {
  const names = isPlan(of) ? parsePlan((await world.arm.get(siteTarget(of), signal)).body).items : [lastName(of)];
  const listed = await world.arm.list(siteTarget(`${vaultOf(of)}/replicationProtectedItems`), signal);
  const items = listed.map((item) => parseItem(item));
  const found = names.map((name) => {
    const item = items.find((candidate) => sameResource(candidate.name, name));
    if (item === undefined)
      throw new ProviderError('answer-invalid', `expected the protected item ${name} of ${of}, found none`);
    return item;
  });
  if (found.length === 0) throw new ProviderError('answer-invalid', `expected protected items in ${of}, found none`);
  return found;
}

export const allAllow = (items: readonly ProtectedItem[], operation: string): boolean =>
  items.every(({ allowedOperations }) => allowedOperations.includes(operation));

export const describeItems = (items: readonly ProtectedItem[]): string =>
  items
    .map(({ name, description, activeLocation, testFailoverState }) => {
      const test = testFailoverState === 'None' ? '' : `, test failover ${testFailoverState}`;
      return `${name} is ${description}, active in ${activeLocation}${test}`;
    })
    .join('; ');

export const itemsOutput = (items: readonly ProtectedItem[]): JsonObject[] =>
  items.map(({ name, protectionState, activeLocation, testFailoverState, rpoSeconds, primaryLocation }) => ({
    item: name,
    protectionState,
    activeLocation,
    testFailoverState,
    primaryLocation: primaryLocation ?? null,
    rpoInSeconds: rpoSeconds ?? null,
  }));

/** The full ARM id of a machine that a failover of an item makes. */
export const machineIdOf = ({ recoveryGroup }: ProtectedItem, name: string): string =>
  `${recoveryGroup ?? ''}/providers/${MACHINE_TYPE}/${name}`;

const invalid = (what: string, error: z.ZodError) =>
  new ProviderError('answer-invalid', `expected ${what}, found something else: ${z.prettifyError(error)}`);
