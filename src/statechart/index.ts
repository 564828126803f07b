export { createKernel } from './create-kernel.ts';
export { fold } from './kernel.ts';
export { MACHINE_VERSION } from './machine-version.ts';
export type { RunState } from './run-state.ts';
