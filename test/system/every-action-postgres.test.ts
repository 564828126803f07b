import { holdFamily } from './every-action/hold-family.ts';
import { postgresFamily } from './every-action/postgres-cases.ts';

holdFamily(postgresFamily);
