import { backupFamily } from './every-action/backup-cases.ts';
import { holdFamily } from './every-action/hold-family.ts';

holdFamily(backupFamily);
