import { holdFamily } from './every-action/hold-family.ts';
import { machineFamily } from './every-action/machine-cases.ts';

holdFamily(machineFamily);
