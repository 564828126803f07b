import { Command as Commander, CommanderError } from 'commander';
import { CodedError, toErrorData, UsageError } from '../model/errors.ts';
import type { Command } from './command.ts';
import { commands } from './commands/index.ts';
import { INTERNAL_ERROR, REFUSED } from './exit-status.ts';
import { guardedTerminal, processTerminal, type Terminal } from './terminal.ts';

/** Parses the command line, runs the command and returns its exit status. The only place where errors become exit statuses. */
export async function runProgram(argv: readonly string[], given: Terminal = processTerminal): Promise<number> {
  const terminal = guardedTerminal(given);
  let status = 0;
  const program = createProgram(terminal, (code) => {
    status = code;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return status;
  } catch (thrown) {
    return report(thrown, terminal);
  }
}

function createProgram(terminal: Terminal, done: (code: number) => void): Commander {
  const program = new Commander('drillmaster')
    .description('Disaster recovery drills for Azure: run them, measure RTO and RPO, prove the result.')
    .version('0.1.0')
    .helpCommand(false);
  for (const command of commands) add(settle(program, terminal), command, terminal, done);
  return settle(program, terminal);
}

/** Errors are thrown, not turned into an exit; help that was asked for is output, help after a mistake is not. */
const settle = (command: Commander, terminal: Terminal): Commander =>
  command.exitOverride().showSuggestionAfterError().configureOutput({ writeOut: terminal.out, writeErr: terminal.err });

function add(program: Commander, command: Command, terminal: Terminal, done: (code: number) => void): void {
  const words = command.name.split(' ');
  const leaf = words.pop() ?? '';
  const parent = words.reduce((owner, word) => group(owner, word, terminal), program);
  const added = settle(parent.command(leaf, { hidden: command.hidden ?? false }), terminal).description(
    command.summary,
  );
  for (const [name, description] of command.args ?? []) added.argument(name, description);
  for (const [flags, description] of command.options ?? []) added.option(flags, description);
  added.option('--state <dir>', 'folder for journals (unless --journal), keys and twins (or DRILLMASTER_STATE)');
  added.option(
    '--journal <url>',
    'journals on append blobs: https://<account>.blob.core.windows.net/<container>[/<prefix>] (or DRILLMASTER_JOURNAL)',
  );
  added.option('--evidence <dir>', 'folder for evidence packages');
  added.action(async (...received: unknown[]) => {
    const args = received
      .slice(0, command.args?.length ?? 0)
      .flat()
      .filter((arg) => typeof arg === 'string');
    done(await command.run({ args, options: added.opts(), terminal }));
  });
}

function group(owner: Commander, word: string, terminal: Terminal): Commander {
  const known = owner.commands.find((command) => command.name() === word);
  return known ?? settle(owner.command(word).description(GROUPS[word] ?? ''), terminal);
}

const GROUPS: Readonly<Record<string, string>> = {
  keys: 'the key that signs evidence',
  twin: 'the local stand-in for Azure',
};

/** Codes of other folders' errors that tell the user what is wrong around the program, not in it. */
const REFUSALS: ReadonlySet<string> = new Set([
  ...['not-found', 'closed', 'not-closed', 'busy', 'exists', 'unsupported-version', 'full'],
  ...['unreachable', 'address-invalid'],
  ...['broken-chain', 'line-invalid', 'format-version', 'unreadable', 'locked'],
  ...['twin-failed', 'twin-unreachable', 'twin-refused', 'twin-file-invalid', 'registry-invalid', 'no-user'],
  ...['key-unsafe', 'key-invalid', 'package-exists', 'package-invalid'],
]);

function report(thrown: unknown, terminal: Terminal): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : REFUSED;
  const { message } = toErrorData(thrown);
  if (thrown instanceof UsageError || (thrown instanceof CodedError && REFUSALS.has(thrown.code))) {
    terminal.err(message);
    return REFUSED;
  }
  terminal.err(`internal error: ${thrown instanceof Error ? (thrown.stack ?? message) : message}`);
  return INTERNAL_ERROR;
}
