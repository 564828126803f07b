import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { endAll, isRunning, untilOver, withFolder } from './sleepers.ts';

const SOURCE = resolve(import.meta.dirname, '../../../src/twin/process');

/** A supervisor in small: one registered `sleep` and a watchdog; a line on its standard input lets it leave properly. */
const SUPERVISOR = `
import { spawn } from 'node:child_process';
import { openRegistry } from '${SOURCE}/registry.ts';
import { startWatchdog } from '${SOURCE}/watchdog.ts';
const [file, folder] = process.argv.slice(2);
const { pid } = spawn('sleep', ['300'], { detached: true, stdio: 'ignore' });
openRegistry(file).add({ pid, what: 'sleep' });
const watchdog = startWatchdog({ registryFile: file, folder });
console.log(JSON.stringify({ sleep: pid, watchdog: watchdog.pid }));
process.stdin.once('data', () => { watchdog.close(); process.stdin.destroy(); setTimeout(() => process.exit(0), 50); });
`;

interface Supervised {
  readonly twin: string;
  readonly supervisor: ChildProcess;
  readonly sleep: number;
  readonly watchdog: number;
}

const supervised = (work: (supervised: Supervised) => Promise<void>): Promise<void> =>
  withFolder(async (folder) => {
    const twin = join(folder, 'twin');
    mkdirSync(twin);
    const main = join(folder, 'supervisor.ts');
    writeFileSync(main, SUPERVISOR);
    const supervisor = spawn(process.execPath, [main, join(twin, 'processes.json'), twin], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const pids = [Number(supervisor.pid)];
    try {
      const line = await new Promise<string>((settle) =>
        supervisor.stdout.once('data', (chunk: Buffer) => settle(chunk.toString())),
      );
      const started = JSON.parse(line) as { sleep: number; watchdog: number };
      pids.push(started.sleep, started.watchdog);
      await work({ twin, supervisor, ...started });
    } finally {
      endAll(pids);
    }
  });

describe('the watchdog', () => {
  it('reaps after the process that started it was killed', () =>
    supervised(async ({ twin, supervisor, sleep, watchdog }) => {
      supervisor.kill('SIGKILL');
      await untilOver([sleep, watchdog]);
      expect(existsSync(twin)).toBe(false);
    }));

  it('reaps when that process was killed before the watchdog came up', () =>
    supervised(async ({ twin, supervisor, sleep, watchdog }) => {
      process.kill(watchdog, 'SIGSTOP');
      supervisor.kill('SIGKILL');
      await untilOver([Number(supervisor.pid)]);
      expect(isRunning(sleep)).toBe(true);
      process.kill(watchdog, 'SIGCONT');
      await untilOver([sleep, watchdog]);
      expect(existsSync(twin)).toBe(false);
    }));

  it('leaves without reaping when it is told to', () =>
    supervised(async ({ twin, supervisor, sleep, watchdog }) => {
      supervisor.stdin?.write('leave\n');
      await untilOver([Number(supervisor.pid), watchdog]);
      expect([isRunning(sleep), existsSync(twin)]).toEqual([true, true]);
    }));
});
