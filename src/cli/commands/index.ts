import type { Command } from '../command.ts';
import { abort } from './abort.ts';
import { accept } from './accept.ts';
import { actions } from './actions.ts';
import { answer } from './answer.ts';
import { approve } from './approve.ts';
import { attest } from './attest.ts';
import { chart } from './chart.ts';
import { declare } from './declare.ts';
import { evidence } from './evidence.ts';
import { keysExport } from './keys-export.ts';
import { pause } from './pause.ts';
import { plan } from './plan.ts';
import { restore } from './restore.ts';
import { resume } from './resume.ts';
import { retry } from './retry.ts';
import { run } from './run.ts';
import { runs } from './runs.ts';
import { schema } from './schema.ts';
import { skip } from './skip.ts';
import { status } from './status.ts';
import { twinDown } from './twin-down.ts';
import { twinFault } from './twin-fault.ts';
import { twinLog } from './twin-log.ts';
import { twinStatus } from './twin-status.ts';
import { twinSupervise } from './twin-supervise.ts';
import { twinUp } from './twin-up.ts';
import { validate } from './validate.ts';
import { verify } from './verify.ts';

/** Every command of the program, in the order of its help. */
export const commands: readonly Command[] = [
  validate,
  plan,
  run,
  runs,
  status,
  approve,
  declare,
  answer,
  pause,
  resume,
  skip,
  retry,
  abort,
  restore,
  accept,
  attest,
  evidence,
  verify,
  actions,
  chart,
  schema,
  keysExport,
  twinUp,
  twinDown,
  twinStatus,
  twinFault,
  twinLog,
  twinSupervise,
];
