// The twin's own paths: faults, status, journals. Operators use them; Azure has none of these.
import { invalidContent, ok, type Reply } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import { faultSchema } from '../fault-schema.ts';
import { type Route, served } from '../route.ts';
import { twinStatus } from '../twin-status.ts';

/** `onShutdown` is called after the answer was given. */
export function twinRoutes(cloud: Cloud, onShutdown: () => void): readonly Route[] {
  return served(
    [],
    [
      { method: 'GET', path: '/twin/status', handle: async () => ok(await twinStatus(cloud)) },
      { method: 'GET', path: '/twin/hosts', handle: () => ok(cloud.corruptions.hosts()) },
      { method: 'GET', path: '/twin/operations', handle: () => ok(cloud.operations.journal()) },
      { method: 'GET', path: '/twin/log', handle: () => ok(cloud.log.entries()) },
      { method: 'GET', path: '/twin/faults', handle: () => ok(cloud.faults.active()) },
      { method: 'POST', path: '/twin/faults', handle: ({ body }) => startFault(cloud, body) },
      {
        method: 'DELETE',
        path: '/twin/faults/region-outage/{region}',
        handle: ({ names }) => ended(cloud.faults.endOutage(names['region'] ?? '')),
      },
      {
        method: 'DELETE',
        path: '/twin/faults/faulty-release/{server}',
        handle: async ({ names }) => ok(await cloud.faults.endRelease(names['server'] ?? '')),
      },
      {
        method: 'DELETE',
        path: '/twin/faults/{id}',
        handle: ({ names }) => ended(cloud.faults.end(names['id'] ?? '')),
      },
      { method: 'POST', path: '/twin/shutdown', handle: () => shutDown(onShutdown) },
    ],
  );
}

async function startFault({ faults }: Cloud, body: unknown): Promise<Reply> {
  const parsed = faultSchema.safeParse(body);
  if (parsed.success) return { status: 201, body: await faults.start(parsed.data) };
  const [issue] = parsed.error.issues;
  throw invalidContent(`expected a fault: ${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'unknown'}`);
}

async function ended(work: Promise<void>): Promise<Reply> {
  await work;
  return { status: 204 };
}

function shutDown(onShutdown: () => void): Reply {
  setImmediate(onShutdown);
  return { status: 202, body: { closing: true } };
}
