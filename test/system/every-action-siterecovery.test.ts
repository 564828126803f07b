import { holdFamily } from './every-action/hold-family.ts';
import { siteRecoveryFamily } from './every-action/siterecovery-cases.ts';

holdFamily(siteRecoveryFamily);
