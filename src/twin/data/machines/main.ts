// The program of a virtual machine. Its settings and commands come as lines on standard input (see program.ts); `hold` and `release` are how a
// backup asks it to keep still.
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Archive, openArchive } from './archive.ts';
import { openMachineServer } from './machine-server.ts';
import { watchProduction } from './production-look.ts';
import { type MachineSettings, machineSettingsSchema } from './settings.ts';

const EXIT_INVALID = 2;

const input = createInterface({ input: process.stdin });
input.once('close', () => process.exit(process.exitCode ?? 0));
input.once('line', (line) => {
  void serve(line).catch((error: unknown) => {
    process.stderr.write(`the machine did not start: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(EXIT_INVALID);
  });
});

const say = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`);

async function serve(line: string): Promise<void> {
  const settings = machineSettingsSchema.parse(JSON.parse(line));
  const archive = await openArchive(settings.folder, Date.now);
  const port = await openMachineServer(settings, archive, watchProduction(settings.production));
  input.on('line', (command) => void obey(archive, command));
  say({ port });
  if (settings.writesEveryMs !== undefined) await keepFiling(settings, archive, settings.writesEveryMs);
}

async function obey(archive: Archive, command: string): Promise<void> {
  if (command === 'hold') await archive.hold();
  if (command === 'release') archive.release();
  say({ done: command });
}

async function keepFiling({ machine }: MachineSettings, archive: Archive, everyMs: number): Promise<never> {
  for (;;) {
    const number = archive.next();
    await archive.file(number, JSON.stringify({ document: number, machine, filedAt: new Date().toISOString() }));
    await sleep(everyMs);
  }
}
