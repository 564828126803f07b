// What other folders may use of twins.
export type { FaultInput } from './control/fault-schema.ts';
export type { JournaledOperation } from './control/operations.ts';
export type { TwinStatus } from './control/twin-status.ts';
export { superviseWorld } from './supervisor.ts';
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
export { downTwin, findTwin, findTwins, twinOwner, twinWorld } from './supervisor-down.ts';
export { upTwin } from './supervisor-up.ts';
export { TwinError } from './twin-error.ts';
export { environmentOf } from './world/environment-of.ts';
export { loadWorld } from './world/load-world.ts';
export { readTextFile } from './world/read-text-file.ts';
