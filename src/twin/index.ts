// What other folders may use of twins.
export type { Fault, FaultInput } from './control/fault-schema.ts';
export type { JournaledOperation } from './control/operations.ts';
export type { LoggedRequest } from './control/request-log.ts';
export type { TwinStatus } from './control/twin-status.ts';
export { type SuperviseOptions, superviseWorld } from './supervisor.ts';
export { connectionOf, type TwinAddress, type TwinOwner } from './supervisor-address.ts';
export {
  type ActiveFault,
  endTwinFault,
  endTwinOutage,
  startTwinFault,
  twinFaults,
  twinLog,
  twinOperations,
  twinStatus,
} from './supervisor-client.ts';
export { downTwin, findTwin, findTwins } from './supervisor-down.ts';
export { type UpOptions, upTwin } from './supervisor-up.ts';
export { TwinError, type TwinErrorCode } from './twin-error.ts';
export { environmentOf } from './world/environment-of.ts';
export { loadWorld } from './world/load-world.ts';
export type { World } from './world/world-schema.ts';
