// Journals on append blobs: who asks there, and what of a drill must not touch them.
import { openBlobStore } from '../journal/blob/blob.ts';
import type { BlobAccess } from '../journal/blob/containers.ts';
import { type BlobPlace, isLoopback, parseBlobPlace } from '../journal/blob/place.ts';
import type { JournalStore } from '../journal/journal.ts';
import { UsageError } from '../model/errors.ts';
import { isWithin, parseResourceId, sameResource } from '../model/resource-id.ts';
import { footprints } from '../plan/footprint.ts';
import type { Plan } from '../plan/plan.ts';
import { signedInIdentity, tokenIdentity } from '../providers/arm/credential.ts';
import { blobAgent } from '../providers/blob/blob-service.ts';
import { STORAGE_TYPE } from '../providers/resource-input.ts';
import { connectionOf, findTwins, type TwinAddress } from '../twin/index.ts';

const KEY_VARIABLE = 'DRILLMASTER_JOURNAL_KEY';
const AZURE_HOST = /^https:\/\/[^.]+\.blob\.core\.windows\.net$/;

interface Around {
  readonly state: string;
}

/** Opens the journals at an address. Throws JournalError `address-invalid` or `unreachable`, UsageError `refused`. */
export async function openFarStore(address: string, { state }: Around): Promise<JournalStore> {
  const place = parseBlobPlace(address);
  return openBlobStore({ place, access: accessOf(place, state) });
}

/** A twin lets its operator in; an emulator on the loopback has a key; everywhere else counts who is signed in. */
function accessOf(place: BlobPlace, state: string): BlobAccess {
  const twin = servingTwin(place, state);
  if (twin !== undefined) {
    const connection = connectionOf(twin);
    const authorities = connection.authority === undefined ? undefined : [connection.authority];
    return { credential: tokenIdentity(twin.token), agent: blobAgent({ connection, authorities }) };
  }
  const { protocol, hostname } = new URL(place.service);
  if (protocol === 'https:' || !isLoopback(hostname)) return { credential: signedInIdentity('') };
  const accountKey = process.env[KEY_VARIABLE] ?? '';
  if (accountKey !== '') return { accountKey };
  throw new UsageError('refused', `${place.shown}: expected the key of the emulator in ${KEY_VARIABLE}, found none`);
}

/** The twin that is up and serves the account; undefined: it is not a twin's. */
const servingTwin = ({ service }: BlobPlace, state: string): TwinAddress | undefined =>
  findTwins(state).find(({ hosts }) => Object.keys(hosts).some((host) => service === `https://${host.toLowerCase()}`));

/**
 * Why a drill must not keep its journal there: it lies on an account that the drill writes to, disturbs or has in its scope, also where a
 * fault takes the account's region. Where an account lies that neither plan nor environment knows cannot be told.
 */
export function journalInReach(
  address: string | undefined,
  plan: Plan,
  { state, resources }: Around & { readonly resources: readonly string[] },
): readonly string[] {
  if (address === undefined) return [];
  const place = parseBlobPlace(address);
  if (!AZURE_HOST.test(place.service)) return [];
  const twin = servingTwin(place, state);
  return touchedAccount(place, plan, { environment: twin === undefined ? 'azure' : `twin ${twin.name}`, resources });
}

/** The same for an account that stands in the world of this name. */
export function touchedAccount(
  { account, shown }: Pick<BlobPlace, 'account' | 'shown'>,
  plan: Plan,
  { environment, resources }: { readonly environment: string; readonly resources: readonly string[] },
): readonly string[] {
  const touched = footprints(plan).filter((one) => one.environment === environment);
  const known = [...resources, ...touched.map(({ resource }) => resource)];
  const id = known.find((one) => isAccount(one, account));
  if (id === undefined) return [];
  const reached = touched.find(({ resource }) => isWithin(id, resource) || isWithin(resource, id));
  if (reached === undefined) return [];
  return [
    `${shown}: expected a journal out of reach of the drill, found it on ${id}, which the drill may write to or disturb`,
  ];
}

function isAccount(id: string, account: string): boolean {
  const parsed = parseResourceId(id);
  return parsed !== undefined && sameResource(parsed.type, STORAGE_TYPE) && sameResource(parsed.name, account);
}
