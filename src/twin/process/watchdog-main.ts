// The watchdog's program: `node watchdog-main.ts <registry file> <folder>`, standard input is the watched process's pipe.
import { releaseMemory } from '../data/postgres/release-memory.ts';
import { reap } from './reaper.ts';

const [registryFile, folder] = process.argv.slice(2);
if (registryFile === undefined || folder === undefined) process.exit(2);

// A broken pipe is an end as well: it closes.
process.stdin.on('error', () => undefined);
process.stdin.once('data', () => process.exit(0));
process.stdin.once('close', () => {
  reap(registryFile, folder, releaseMemory);
  process.exit(0);
});
