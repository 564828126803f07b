// Bodies that clients send about flexible servers → what is asked. Everything that this twin does not do is refused, never ignored.
import * as z from 'zod';
import { sameResource } from '../../model/resource-id.ts';
import { invalidContent, Refusal } from './arm-reply.ts';

const word = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z.string().transform((text, context): Words[number] => {
    const found = words.find((known) => sameResource(known, text));
    if (found !== undefined) return found;
    context.addIssue({ code: 'custom', message: `expected ${words.join(' or ')}, found ${text}` });
    return z.NEVER;
  });

const tags = z.record(z.string(), z.string()).optional();

const patchSchema = z.strictObject({
  tags,
  properties: z
    .strictObject({
      replica: z
        .strictObject({
          role: word(['Primary', 'None']).optional(),
          promoteMode: word(['Switchover', 'Standalone']),
          promoteOption: word(['Planned', 'Forced']),
        })
        .optional(),
    })
    .optional(),
});

export interface PatchRequest {
  readonly tags: Readonly<Record<string, string>> | undefined;
  readonly promote: { readonly mode: 'Switchover' | 'Standalone'; readonly option: 'planned' | 'forced' } | undefined;
}

/** Throws Refusal 400. */
export function parsePatch(body: unknown): PatchRequest {
  const { tags, properties } = parsed(patchSchema, body);
  const replica = properties?.replica;
  if (replica === undefined) return { tags, promote: undefined };
  const { promoteMode: mode, promoteOption, role } = replica;
  const expected = mode === 'Switchover' ? 'Primary' : 'None';
  if (role !== undefined && role !== expected)
    throw new Refusal(
      400,
      'InvalidParameterValue',
      `expected the role ${expected} with promoteMode ${mode}, found ${role}`,
    );
  return { tags, promote: { mode, option: promoteOption === 'Planned' ? 'planned' : 'forced' } };
}

const putSchema = z.object({
  location: z.string().min(1),
  tags,
  properties: z.object({
    createMode: z.string(),
    sourceServerResourceId: z.string().min(1),
    pointInTimeUTC: z.string().optional(),
  }),
});

export interface PutRequest {
  readonly region: string;
  readonly tags: Readonly<Record<string, string>>;
  /** ARM id of the source. */
  readonly source: string;
  /** Epoch ms of a point-in-time restore; undefined: a replica. */
  readonly restoreTo: number | undefined;
}

/** Throws Refusal 400. */
export function parsePut(body: unknown): PutRequest {
  const mode = (body as { properties?: { createMode?: unknown } } | undefined)?.properties?.createMode;
  if (mode !== 'Replica' && mode !== 'PointInTimeRestore')
    throw new Refusal(
      400,
      'UnsupportedByTwin',
      `This twin creates servers with createMode Replica or PointInTimeRestore, found ${String(mode)}.`,
    );
  const { location, tags = {}, properties } = parsed(putSchema, body);
  const region = location.replaceAll(' ', '').toLowerCase();
  return {
    region,
    tags,
    source: properties.sourceServerResourceId,
    restoreTo: mode === 'Replica' ? undefined : instantOf(properties.pointInTimeUTC),
  };
}

const restartSchema = z.object({ restartWithFailover: z.boolean().optional() }).optional();

/** Throws Refusal 400: servers of this twin have no high availability to fail over to. */
export function checkRestart(body: unknown): void {
  if (parsed(restartSchema, body)?.restartWithFailover === true)
    throw new Refusal(
      400,
      'HighAvailabilityNotEnabled',
      'Restart with failover needs high availability, which is not enabled on the server.',
    );
}

function instantOf(text: string | undefined): number {
  const ms = Date.parse(text ?? '');
  if (text !== undefined && !Number.isNaN(ms)) return ms;
  throw new Refusal(
    400,
    'InvalidParameterValue',
    `expected pointInTimeUTC as an RFC 3339 instant, found ${text ?? 'nothing'}`,
  );
}

function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (issue?.code === 'unrecognized_keys')
    throw new Refusal(
      400,
      'UnsupportedByTwin',
      `This twin does not change ${[...issue.path, issue.keys.join(', ')].join('.')}.`,
    );
  throw invalidContent(
    `The request content was invalid: ${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'unknown'}`,
  );
}
