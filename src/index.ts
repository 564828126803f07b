// What other programs may import. The command line and result.json are the contract; these are the types behind them.

export { verifyPackage } from './evidence/verify.ts';
export type { Action, Canary, Catalogue, Probe } from './model/action.ts';
export { defineAction, defineCanary, defineProbe } from './model/action.ts';
export type { DrillEvent, EventBody } from './model/events.ts';
export { eventSchema } from './model/events.ts';
export type { DrillResult } from './model/result.ts';
export { resultSchema } from './model/result.ts';
export { loadPlan } from './plan/load-plan.ts';
export type { Plan } from './plan/plan.ts';
