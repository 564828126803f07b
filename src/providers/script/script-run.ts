import * as z from 'zod';
import { type Program, type ProgramCall, refusalOf } from '../../model/program.ts';
import { defineCheck } from '../check-action.ts';
import { expectationOver, judge } from '../expectation.ts';
import { ProviderError } from '../provider-error.ts';
import { redactSaid, secretsOf } from '../redact-value.ts';
import type { World } from '../world.ts';
import { fileDigest } from './file-digest.ts';
import { runProgram } from './run-program.ts';

const ARGUMENTS_MAX = 50;
const VARIABLES_MAX = 50;
const TEXT_LENGTH_MAX = 4000;

/** A NUL would end the text inside the kernel. */
const text = z
  .string()
  .max(TEXT_LENGTH_MAX)
  .refine((value) => !value.includes('\0'), 'expected a text without NUL characters');

const input = z.strictObject({
  program: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'expected the name of a program in drills/programs.yaml')
    .describe('Name of a program in drills/programs.yaml'),
  arguments: z.array(text).max(ARGUMENTS_MAX).default([]).describe('One text for each; no shell reads them'),
  environment: z
    .record(z.string(), text)
    .refine(
      (variables) => Object.keys(variables).length <= VARIABLES_MAX,
      `expected at most ${VARIABLES_MAX} variables`,
    )
    .default({})
    .describe('All environment variables that it gets'),
  expect: expectationOver('exit', 'signal', 'stdout', 'stderr').describe(
    'CEL over exit (a number; null when a signal ended it), signal, stdout and stderr',
  ),
});

/** Runs a program that the approved plan names, as it was when the plan was made. What it does is its own; what it says is judged. */
export const scriptRun = defineCheck({
  name: 'script/run',
  title: 'Run an allowed program and judge what it says',
  input,
  runs: (given) => [callOf(given)],
  permissions: [],
  typicalMs: 5000,
  judge: async (given, { world, signal }) => {
    const program = await allowed(world, callOf(given));
    const ended = await runProgram(program, callOf(given), signal);
    const said = (spoken: string) => redactSaid(spoken, secretsOf(world.connection));
    return judge(given.expect, { ...ended }, { ...ended, stdout: said(ended.stdout), stderr: said(ended.stderr) });
  },
});

const callOf = ({ program, arguments: given, environment }: z.infer<typeof input>): ProgramCall => ({
  program,
  arguments: given,
  environment,
});

/** Throws ProviderError `program-refused` or `program-changed`. */
async function allowed({ programs }: World, call: ProgramCall): Promise<Program> {
  const program = programs.find(({ name }) => name === call.program);
  if (program === undefined)
    throw new ProviderError('program-refused', `expected a program of the approved plan, found ${call.program}`);
  const refusal = refusalOf(program, call);
  if (refusal !== undefined) throw new ProviderError('program-refused', refusal.message);
  const found = await fileDigest(program.path);
  if (found !== program.sha256)
    throw new ProviderError(
      'program-changed',
      `expected ${program.path} with the sha256 ${program.sha256} that was approved, found ${found ?? 'no such file'}`,
    );
  return program;
}
