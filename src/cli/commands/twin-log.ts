import { setTimeout as sleep } from 'node:timers/promises';
import { formatInstant } from '../../model/clock.ts';
import { parseResourceId } from '../../model/resource-id.ts';
import { type Command, textOption } from '../command.ts';
import { PASSED } from '../exit-status.ts';
import { jsonLine } from '../terminal.ts';

const FOLLOW_MS = 1000;

interface Entry {
  /** Epoch ms. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly status: number | null;
  readonly clientRequestId: string | null;
  readonly tookMs: number;
}

export const twinLog: Command = {
  name: 'twin log',
  summary: 'show the requests that a twin answered, oldest first; it keeps the newest thousand',
  args: [['<world>', 'name of the twin']],
  options: [
    ['--follow', 'go on until the twin ends or you stop it'],
    ['--match <text>', 'only requests whose method, path or client request id contain this, in any case'],
    ['--json', 'one JSON document a line'],
  ],
  run: async (invocation) => {
    const [twins, { requireTwin }, { findWorkspace }] = await Promise.all([
      import('../../twin/index.ts'),
      import('../twins.ts'),
      import('../workspace.ts'),
    ]);
    const { args, options, terminal } = invocation;
    const workspace = findWorkspace(process.cwd(), options);
    const address = requireTwin(workspace, args[0] ?? '');
    const wanted = (textOption(invocation, 'match') ?? '').toLowerCase();
    const show = (entries: readonly Entry[]) => {
      for (const entry of entries.filter((candidate) => matches(candidate, wanted)))
        terminal.out(options['json'] === true ? jsonLine({ ...entry, operation: operationOf(entry) }) : textOf(entry));
    };
    let shown = await twins.twinLog(address);
    show(shown);
    while (options['follow'] === true && twins.findTwin(workspace.state, address.name) !== undefined) {
      await sleep(FOLLOW_MS);
      const next: readonly Entry[] = await twins.twinLog(address).catch(() => []);
      // The log is of a fixed length: what is new comes after the last line that was shown.
      const last = JSON.stringify(shown.at(-1));
      show(next.slice(next.findLastIndex((entry) => JSON.stringify(entry) === last) + 1).filter(notOurs));
      shown = next.length === 0 ? shown : next;
    }
    return PASSED;
  },
};

/** Looking is not shown while it goes on: each look would be a line. */
const notOurs = ({ path }: Entry): boolean => path !== '/twin/log';

const matches = (entry: Entry, wanted: string): boolean =>
  `${entry.method} ${entry.path} ${entry.clientRequestId ?? ''}`.toLowerCase().includes(wanted);

/** `PATCH Microsoft.Network/trafficManagerProfiles`; null for what is no resource of Azure. */
function operationOf({ method, path }: Entry): string | null {
  const type = parseResourceId(path)?.type ?? parseResourceId(path.replace(/\/[^/]+$/, ''))?.type;
  return type === undefined ? null : `${method} ${type}`;
}

function textOf(entry: Entry): string {
  const { at, method, path, status, tookMs, clientRequestId } = entry;
  const answered = status === null ? 'lost' : String(status);
  const operation = operationOf(entry);
  return [
    `${formatInstant(at)}  ${answered.padEnd(4)} ${String(tookMs).padStart(6)} ms  ${method.padEnd(6)} ${path}`,
    ...(operation === null && clientRequestId === null
      ? []
      : [`  ${[operation, clientRequestId].filter((part) => part !== null).join('  ')}`]),
  ].join('\n');
}
