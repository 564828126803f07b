// One running machine: its process, the way in to it, and the way out of it into production.
import { join } from 'node:path';
import type { Routes } from '../../world/security-rules.ts';
import { type Link, openLink } from '../link.ts';
import { type Program, startProgram } from '../program.ts';
import type { MachineSettings } from './settings.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
/** A machine lies in the same region as its network: these links are there to be cut. */
const NO_LATENCY = { latencyMs: 0, bandwidthKbps: null };
/** Port 9 discards: a machine that is off answers nobody. */
const NOWHERE_PORT = 9;

export interface RunningMachine {
  readonly pid: number;
  /** Lets documents that are being filed end, and files none until `release`. */
  readonly hold: () => Promise<void>;
  readonly release: () => Promise<void>;
  /** Power off. */
  readonly kill: () => Promise<void>;
}

/** The two ways of a machine. They outlive its process, so that its port stays the same when it is started again. */
export interface MachineWays {
  /** On 127.0.0.1: where others reach it. */
  readonly port: number;
  readonly allow: (routes: Routes) => void;
  readonly start: (settings: Omit<MachineSettings, 'port' | 'production'>) => Promise<RunningMachine>;
  readonly close: () => Promise<void>;
}

/** `production`: where it works with others, a port of 127.0.0.1 and the host name that is asked for there. */
export async function openMachineWays(
  production: { readonly port: number; readonly host: string } | undefined,
): Promise<MachineWays> {
  const inward = await openLink({ targetPort: NOWHERE_PORT, ...NO_LATENCY });
  const outward = production && (await openLink({ targetPort: production.port, ...NO_LATENCY }));
  return {
    port: inward.port,
    allow: ({ inbound, outbound }) => {
      letThrough(inward, inbound);
      if (outward !== undefined) letThrough(outward, outbound);
    },
    start: async (settings) => {
      const target = production && outward && { port: outward.port, host: production.host };
      const program = await startProgram(MAIN, `machine ${settings.machine}`, {
        ...settings,
        ...(target === undefined ? {} : { production: target }),
      });
      inward.retarget(program.port);
      return running(program);
    },
    close: async () => {
      await Promise.all([inward.close(), outward?.close()]);
    },
  };
}

const letThrough = (link: Link, through: boolean) => (through ? link.heal() : link.cut('silence'));

const running = ({ pid, tell, kill }: Program): RunningMachine => ({
  pid,
  hold: async () => void (await tell('hold')),
  release: async () => void (await tell('release')),
  kill,
});
