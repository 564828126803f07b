export { createKernel } from './create-kernel.ts';
export { fold } from './kernel.ts';
export type { RunState } from './run-state.ts';
