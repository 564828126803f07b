import { cloudFamily } from './every-action/cloud-cases.ts';
import { holdFamily } from './every-action/hold-family.ts';

holdFamily(cloudFamily);
