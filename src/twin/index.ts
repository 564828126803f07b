// What other folders may use of twins.
import type { SuperviseOptions } from './supervisor.ts';

export type { FaultInput } from './control/fault-schema.ts';
export type { JournaledOperation } from './control/operations.ts';
export type { TwinStatus } from './control/twin-status.ts';
export { connectionOf, type TwinAddress, type TwinOwner } from './supervisor-address.ts';
export {
  endTwinFault,
  endTwinOutage,
  startTwinFault,
  twinFaults,
  twinLog,
  twinOperations,
  twinStatus,
} from './supervisor-client.ts';
export { downTwin, findTwin, findTwins, removeAbandoned, twinOwner, twinWorld } from './supervisor-down.ts';
export { upTwin } from './supervisor-up.ts';
export { TwinError } from './twin-error.ts';
export { environmentOf } from './world/environment-of.ts';
export { loadWorld } from './world/load-world.ts';
export { readTextFile } from './world/read-text-file.ts';

/** Be a twin, as `supervisor.ts` says. The servers are loaded by the process that is one, and by nobody else. */
export const superviseWorld = async (options: SuperviseOptions): Promise<void> =>
  (await import('./supervisor.ts')).superviseWorld(options);
