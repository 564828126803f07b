// Every family of actions; each has a twin and a test file of its own.
import { checkFamily } from './check-cases.ts';
import type { Family } from './hold-family.ts';
import { machineFamily } from './machine-cases.ts';
import { postgresFamily } from './postgres-cases.ts';
import { steeringFamily } from './steering-cases.ts';

export const FAMILIES: readonly Family[] = [postgresFamily, steeringFamily, machineFamily, checkFamily];
