// What can be planted in a twin so that a check must turn red: shown at the door of a service, never stored. Providers name it, twins plant it.
import * as z from 'zod';

const text = (most: number) => z.string().min(1).max(most);
const QUERY_LENGTH_MAX = 10_000;
const PARTS_MAX = 20;
const TABLES_MAX = 20;
/** Names with dots between them; in a list `*` is each item and `0` the first. */
const parts = z.array(text(400)).min(1).max(PARTS_MAX);

const VALUE_CHANGES = ['other', 'less', 'more', 'null', 'gone'] as const;
/** What becomes of a value: another one, one that says less (0, an empty list), one that says more, null, or nothing at all. */
export type ValueChange = (typeof VALUE_CHANGES)[number];

export const ROW_CHANGES = [
  'alter-one',
  'lose-one',
  'lose-half',
  'alter-all',
  'lose-all',
  'double-all',
  'add-one',
] as const;
export type RowChange = (typeof ROW_CHANGES)[number];

export const BLOB_CHANGES = [
  'alter-some',
  'alter-all',
  'lose-one',
  'lose-half',
  'add-one',
  'age-all',
  'lose-all',
  'lose-container',
] as const;
export type BlobChange = (typeof BLOB_CHANGES)[number];

const HOST_CHANGES = ['closed', 'open', 'stranger', 'other-name', 'expired'] as const;
/** A port that nobody listens at, or somebody does; a certificate of a stranger, for another name, or one whose time is over. */
type HostChange = (typeof HOST_CHANGES)[number];

const NAME_CHANGES = ['absent', 'other'] as const;

export const CORRUPTIONS = [
  /** Rows of the table with this number, from 0, among those that a SELECT reads. `server`: ARM id. */
  z.strictObject({
    fault: z.literal('corrupt-rows'),
    server: text(1000),
    reads: text(QUERY_LENGTH_MAX),
    table: z.int().min(0).max(TABLES_MAX).default(0),
    change: z.enum(ROW_CHANGES),
  }),
  /** Values of what GET of a path of the control plane answers: `status`, or ways into its body: `body.properties.state`. */
  z.strictObject({ fault: z.literal('corrupt-resource'), path: text(2000), parts, change: z.enum(VALUE_CHANGES) }),
  /** Values of what a URL answers: `status`, headers (`headers.etag`), or ways into its body: `body.count`. */
  z.strictObject({ fault: z.literal('corrupt-answer'), url: text(2000), parts, change: z.enum(VALUE_CHANGES) }),
  /** Blobs of a container below a prefix, or the one that is named, as one endpoint of an account shows them. */
  z.strictObject({
    fault: z.literal('corrupt-blobs'),
    account: text(1000),
    endpoint: z.enum(['primary', 'secondary']).default('primary'),
    container: text(100),
    prefix: z.string().max(1024).default(''),
    blob: text(1024).optional(),
    change: z.enum(BLOB_CHANGES),
  }),
  z.strictObject({ fault: z.literal('corrupt-host'), host: text(255), change: z.enum(HOST_CHANGES) }),
  /** Records of a name at the twin's own name server. */
  z.strictObject({
    fault: z.literal('corrupt-name'),
    name: text(255),
    type: text(10).default('A'),
    change: z.enum(NAME_CHANGES),
  }),
] as const;

const corruptionSchema = z.discriminatedUnion('fault', [...CORRUPTIONS]);
export type Corruption = Readonly<z.infer<typeof corruptionSchema>>;
export type CorruptionInput = z.input<typeof corruptionSchema>;
export type CorruptionOf<Fault extends Corruption['fault']> = Extract<Corruption, { readonly fault: Fault }>;

/** One thing that a check claims to find, with what can be planted to see it, from small to large. Seen red on one of them, it is proved. */
export interface Claim {
  readonly claim: string;
  /** The part of the check's `expect` that is judged alone meanwhile, so that no other part is red for it. Absent: the check as it is. */
  readonly expect?: string;
  readonly plants: readonly CorruptionInput[];
}

const ROWS: Readonly<Record<RowChange, string>> = {
  'alter-one': 'one row is altered',
  'lose-one': 'one row is lost',
  'lose-half': 'half of the rows are lost',
  'alter-all': 'every row is altered',
  'lose-all': 'all rows are lost',
  'double-all': 'every row is there twice',
  'add-one': 'a row is added',
};
const BLOBS: Readonly<Record<BlobChange, string>> = {
  'alter-some': 'some contents are altered',
  'alter-all': 'contents are altered',
  'lose-one': 'one blob is lost',
  'lose-half': 'half of the blobs are lost',
  'add-one': 'a blob is added',
  'age-all': 'every blob is a year older',
  'lose-all': 'all blobs are lost',
  'lose-container': 'the container is lost',
};
const VALUES: Readonly<Record<ValueChange, string>> = {
  other: 'is another one',
  less: 'says less',
  more: 'says more',
  null: 'is null',
  gone: 'is missing',
};
const HOSTS: Readonly<Record<HostChange, string>> = {
  closed: 'accepts no connections',
  open: 'accepts connections',
  stranger: 'shows a certificate that a stranger signed',
  'other-name': 'shows a certificate for another name',
  expired: 'shows a certificate whose time is over',
};

/** What is planted, for people. A table is known by its number alone until it was planted. */
export function describeCorruption(corruption: CorruptionInput): string {
  switch (corruption.fault) {
    case 'corrupt-rows':
      return `${ROWS[corruption.change]} (table ${(corruption.table ?? 0) + 1} of the query)`;
    case 'corrupt-resource':
    case 'corrupt-answer':
      return `${corruption.parts.join(' and ')} ${VALUES[corruption.change]}`;
    case 'corrupt-blobs':
      return `${BLOBS[corruption.change]} (${corruption.endpoint ?? 'primary'} endpoint, ${corruption.container})`;
    case 'corrupt-host':
      return `${corruption.host} ${HOSTS[corruption.change]}`;
    case 'corrupt-name':
      return corruption.change === 'absent'
        ? `${corruption.name} is not there`
        : `the ${corruption.type ?? 'A'} record of ${corruption.name} is another one`;
  }
}
