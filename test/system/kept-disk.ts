// The ground truth of a drill: what the dead primary had on its disk, read from a crash-recovered copy.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askKeptDisk, keptDisks } from '../../src/twin/data/postgres/ground-truth.ts';
import { openPostgresHost } from '../../src/twin/data/postgres/host.ts';
import { openRegistry } from '../../src/twin/process/registry.ts';
import { unprivilegedUser } from '../../src/twin/process/unprivileged.ts';

/** Sequence numbers of a run's canary on the first disk that was kept of a server, ascending. */
export async function canaryOnKeptDisk(
  state: string,
  twin: string,
  server: string,
  run: string,
): Promise<readonly number[]> {
  const folder = join(state, 'twins', twin);
  const { data } = JSON.parse(readFileSync(join(folder, 'request.json'), 'utf8')) as { data: string };
  const { postgres } = JSON.parse(readFileSync(join(folder, 'address.json'), 'utf8')) as {
    postgres: { password: string };
  };
  const own = mkdtempSync(join(tmpdir(), 'drillmaster-truth-'));
  try {
    const registry = openRegistry(join(own, 'registry.json'));
    const host = openPostgresHost({
      folder: data,
      user: unprivilegedUser() ?? {},
      password: postgres.password,
      registry,
    });
    const [disk = ''] = keptDisks(data, server);
    return await askKeptDisk(host, disk, async (query) => {
      const rows = await query<{ seq: number }>(
        `SELECT seq::int FROM drillmaster_canary WHERE run = '${run}' ORDER BY seq`,
      );
      return rows.map(({ seq }) => seq);
    });
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}
