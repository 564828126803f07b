import * as z from 'zod';
import { redactText } from './redact.ts';

/** What a service said of its refusal. `message` is redacted. */
export interface ServiceError {
  readonly code: string;
  readonly message: string;
}

const text = z.union([z.string(), z.number()]).transform(String);

/** Azure Resource Manager, and every provider that keeps to its contract; operation statuses carry the same member. */
const resourceManager = z
  .object({ error: z.object({ code: text, message: text.optional(), details: z.array(z.unknown()).optional() }) })
  .transform(({ error }) => ({
    code: error.code,
    message: [error.message, ...causes(error.details)].filter(Boolean).join('; '),
  }));

/** Backup stamps. */
const backup = z
  .object({ ErrorCode: text, Message: z.union([text, z.object({ Value: text }).transform(({ Value }) => Value)]) })
  .transform(({ ErrorCode, Message }) => ({ code: ErrorCode, message: Message }));

/** App Service. */
const appService = z
  .object({ Code: text, Message: text.optional() })
  .transform(({ Code, Message }) => ({ code: Code, message: Message ?? '' }));

/** The error without its envelope, as OData and some gateways send it. */
const bare = z
  .object({ code: text, message: text.optional() })
  .transform(({ code, message }) => ({ code, message: message ?? '' }));

/** Site Recovery says what to do about it in its details. */
const detail = z.object({ code: text.optional(), message: text.optional(), recommendedAction: text.optional() });

const shape = z.union([resourceManager, backup, appService, bare]);

/** Reads any of the error shapes that Azure sends; undefined when the body is none of them. */
export function parseServiceError(body: unknown): ServiceError | undefined {
  const parsed = shape.safeParse(body);
  return parsed.success ? { code: redactText(parsed.data.code), message: redactText(parsed.data.message) } : undefined;
}

const DETAILS_MAX = 3;

function causes(details: readonly unknown[] | undefined): string[] {
  return (details ?? []).slice(0, DETAILS_MAX).flatMap((item) => {
    const { data } = detail.safeParse(item);
    const said = [data?.code, data?.message, data?.recommendedAction].filter(Boolean).join(': ');
    return said === '' ? [] : [said];
  });
}
