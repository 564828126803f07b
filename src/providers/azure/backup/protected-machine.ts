// A machine that a Recovery Services vault protects: its names there, and the vault as it is read.

import { toErrorData } from '../../../model/errors.ts';
import { parseResourceId } from '../../../model/resource-id.ts';
import type { Target } from '../../arm/allowed-url.ts';
import { ArmError, isArmError } from '../../arm/arm-error.ts';
import { redactText } from '../../arm/redact.ts';
import { openClient } from '../../sdk-client.ts';
import type { World } from '../../world.ts';
import { VAULT_API_VERSION } from './recovery-vault.ts';

export const BACKUP_API_VERSION = VAULT_API_VERSION;

/** What every action on a protected machine is given: full ARM ids. */
export interface Protected {
  readonly vault: string;
  readonly machine: string;
}

/** The path of the protected item. Its names hold semicolons, which leave percent-encoded as the Azure SDK sends them. */
export function itemPath({ vault, machine }: Protected): string {
  const { group = '', name = '' } = parseResourceId(machine) ?? {};
  const entity = encodeURIComponent(`iaasvmcontainerv2;${group};${name}`);
  return `${vault}/backupFabrics/Azure/protectionContainers/IaasVMContainer%3B${entity}/protectedItems/VM%3B${entity}`;
}

export const backupTarget = (path: string): Target => ({ path, apiVersion: BACKUP_API_VERSION });

const READ_TIMEOUT_MS = 60_000;

/** The region of a vault, through the Azure SDK: machines are restored there and nowhere else. Throws ArmError. */
export async function regionOfVault(vault: string, world: World, signal: AbortSignal): Promise<string> {
  const { subscription = '', group = '', name = '' } = parseResourceId(vault) ?? {};
  const { RecoveryServicesClient } = await import('@azure/arm-recoveryservices');
  const client = openClient(RecoveryServicesClient, subscription, world);
  const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(READ_TIMEOUT_MS)]);
  try {
    return (await client.vaults.get(group, name, { abortSignal })).location;
  } catch (error) {
    throw isArmError(error) ? error : readError(vault, error);
  }
}

function readError(vault: string, error: unknown): ArmError {
  const { code, message } = toErrorData(error);
  const isAbsent = (error as { statusCode?: unknown }).statusCode === 404;
  return new ArmError(
    isAbsent ? 'arm-not-found' : 'arm-unavailable',
    `${vault} could not be read (${code}): ${redactText(message)}`,
    { retryable: !isAbsent },
  );
}
