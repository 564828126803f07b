import { blobFamily } from './every-action/blob-cases.ts';
import { holdFamily } from './every-action/hold-family.ts';

holdFamily(blobFamily);
