import { digestOf } from '../model/json.ts';
import type { Plan } from './plan.ts';

/** What an approval names: SHA-256 of the plan's canonical JSON, 64 hex digits. Any change of the plan changes it. */
export const planDigest = (plan: Plan): string => digestOf(plan);
