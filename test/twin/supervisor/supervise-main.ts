// The supervisor's process, as the command line starts it.
import { superviseWorld } from '../../../src/twin/supervisor.ts';

await superviseWorld({ folder: process.argv[2] ?? '', log: (line) => process.stdout.write(`${line}\n`) });
