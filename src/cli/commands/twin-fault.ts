import { UsageError } from '../../model/errors.ts';
import type { FaultInput } from '../../twin/index.ts';
import { type Command, type Invocation, textOption } from '../command.ts';
import { PASSED } from '../exit-status.ts';
import { jsonLine } from '../terminal.ts';

const KINDS = [
  'region-outage',
  'faulty-release',
  'link',
  'throttle',
  'lost-reply',
  'slow-operation',
  'failing-operation',
  'corrupt-rows',
  'corrupt-resource',
  'corrupt-answer',
  'corrupt-blobs',
  'corrupt-host',
  'corrupt-name',
] as const;

export const twinFault: Command = {
  name: 'twin fault',
  summary: `start a fault (${KINDS.join(', ')}), end one, or list them`,
  args: [
    ['<world>', 'name of the twin'],
    ['[fault]', 'what to start, or the id of what to end; without it the active faults are listed'],
  ],
  options: [
    ['--end', 'end the fault instead of starting it'],
    ['--region <name>', 'region-outage: the region'],
    ['--server <id>', 'faulty-release: ARM id of the server whose rows are damaged'],
    ['--between <a,b>', 'link: the two regions'],
    ['--latency <duration>', 'link: one way, as PT0.3S'],
    ['--bandwidth <kbps>', 'link: kilobits a second each way'],
    ['--cut', 'link: nothing gets through'],
    ['--match <text>', 'requests: part of "METHOD /path", * stands for anything'],
    ['--times <n>', 'requests: how many are hit'],
    ['--probability <share>', 'requests: share of those that match, above 0 and up to 1'],
    ['--retry-after <seconds>', 'throttle: what the answer asks for'],
    ['--factor <n>', 'slow-operation: times as long'],
    ['--add <duration>', 'slow-operation: longer by'],
    ['--code <code>', 'failing-operation: code of the error'],
    ['--message <text>', 'failing-operation: message of the error'],
    ['--with <json>', 'corrupt-…: what is corrupted and how, as docs/twin.md has it'],
  ],
  run: async (invocation) => {
    const [twins, { requireTwin }, { findWorkspace }, { parseDuration }] = await Promise.all([
      import('../../twin/index.ts'),
      import('../twins.ts'),
      import('../workspace.ts'),
      import('../../model/duration.ts'),
    ]);
    const { args, options, terminal } = invocation;
    const address = requireTwin(findWorkspace(process.cwd(), options), args[0] ?? '');
    const [, fault] = args;
    if (fault === undefined)
      terminal.out(
        (await twins.twinFaults(address)).map((active) => JSON.stringify(active)).join('\n') || 'no fault is active',
      );
    else if (options['end'] !== true)
      terminal.out(jsonLine(await twins.startTwinFault(address, faultOf(fault, invocation, parseDuration))));
    else {
      const region = textOption(invocation, 'region');
      await (fault === 'region-outage' && region !== undefined
        ? twins.endTwinOutage(address, region)
        : twins.endTwinFault(address, fault));
      terminal.out(`${fault}: ended`);
    }
    return PASSED;
  },
};

/** What each fault cannot do without. */
const NEEDED: Readonly<Record<(typeof KINDS)[number], string>> = {
  'region-outage': 'region',
  'faulty-release': 'server',
  link: 'between',
  throttle: 'match',
  'lost-reply': 'match',
  'slow-operation': 'match',
  'failing-operation': 'match',
  'corrupt-rows': 'with',
  'corrupt-resource': 'with',
  'corrupt-answer': 'with',
  'corrupt-blobs': 'with',
  'corrupt-host': 'with',
  'corrupt-name': 'with',
};

/** The twin itself judges whether the parts fit; here texts become numbers, and what was not given stays away. */
function faultOf(name: string, invocation: Invocation, parse: DurationParser): FaultInput {
  const fault = KINDS.find((kind) => kind === name);
  if (fault === undefined) throw new UsageError('usage', `expected a fault (${KINDS.join(', ')}), found "${name}"`);
  const needed = NEEDED[fault];
  if (textOption(invocation, needed) === undefined)
    throw new UsageError('usage', `expected --${needed} with the fault ${fault}, found none`);
  const given = {
    ...corruptionOf(textOption(invocation, 'with')),
    fault,
    region: textOption(invocation, 'region'),
    server: textOption(invocation, 'server'),
    between: textOption(invocation, 'between')?.split(','),
    latencyMs: durationOption(invocation, 'latency', parse),
    bandwidthKbps: numberOption(invocation, 'bandwidth'),
    cut: invocation.options['cut'] === true ? true : undefined,
    match: textOption(invocation, 'match'),
    times: numberOption(invocation, 'times'),
    probability: numberOption(invocation, 'probability'),
    retryAfterSeconds: numberOption(invocation, 'retryAfter'),
    factor: numberOption(invocation, 'factor'),
    addMs: durationOption(invocation, 'add', parse),
    code: textOption(invocation, 'code'),
    message: textOption(invocation, 'message'),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as unknown as FaultInput;
}

/** The twin judges what stands in it. */
function corruptionOf(text: string | undefined): object {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value;
  } catch {
    // Said below.
  }
  throw new UsageError('usage', `expected a JSON object for --with, found "${text}"`);
}

function numberOption(invocation: Invocation, name: string): number | undefined {
  const text = textOption(invocation, name);
  if (text === undefined) return undefined;
  if (text.trim() === '' || !Number.isFinite(Number(text)))
    throw new UsageError('usage', `expected a number for --${name}, found "${text}"`);
  return Number(text);
}

type DurationParser = (text: string) => number | undefined;

function durationOption(invocation: Invocation, name: string, parse: DurationParser): number | undefined {
  const text = textOption(invocation, name);
  if (text === undefined) return undefined;
  const ms = parse(text);
  if (ms === undefined) throw new UsageError('usage', `expected an ISO 8601 duration for --${name}, found "${text}"`);
  return ms;
}
