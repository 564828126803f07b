import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endProofTwin } from '../../../src/cli/proving/proof-twin.ts';
import type { Workspace } from '../../../src/cli/workspace.ts';

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'drillmaster-proof-'));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

describe('ending the twin of a proof', () => {
  it('changes nothing where there is none', async () => {
    await endProofTwin({ state } as Workspace, 'r1', 'proved');
  });

  it('removes its state also when somebody else is ending the twin at the same time', async () => {
    // A folder of this name is what is left of a twin while it is cleared away: its request can be read, and no twin is found.
    const name = 'proved.stale-1';
    const folder = join(state, 'proofs', 'r1', 'twins', name);
    mkdirSync(folder, { recursive: true });
    const claimedBy = { pid: 2 ** 22, startTicks: 1 };
    const request = { formatVersion: 1, name, owner: { run: 'r1' }, data: join(folder, 'data'), claimedBy };
    writeFileSync(join(folder, 'request.json'), JSON.stringify(request));
    await endProofTwin({ state } as Workspace, 'r1', name);
    expect(existsSync(join(state, 'proofs', 'r1'))).toBe(false);
  });
});
