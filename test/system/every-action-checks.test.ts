import { checkFamily } from './every-action/check-cases.ts';
import { holdFamily } from './every-action/hold-family.ts';

holdFamily(checkFamily);
