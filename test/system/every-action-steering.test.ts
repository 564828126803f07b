import { holdFamily } from './every-action/hold-family.ts';
import { steeringFamily } from './every-action/steering-cases.ts';

holdFamily(steeringFamily);
