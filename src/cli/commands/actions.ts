import type { Action } from '../../model/action.ts';
import { UsageError } from '../../model/errors.ts';
import type { Command } from '../command.ts';
import { PASSED } from '../exit-status.ts';
import { jsonText } from '../terminal.ts';

interface Described {
  readonly name: string;
  readonly kind: 'write' | 'check' | 'fault' | 'probe' | 'canary';
  readonly title: string;
  readonly input: unknown;
  readonly permissions?: readonly string[];
  readonly undo?: string;
  readonly changesDataRoles?: boolean;
}

export const actions: Command = {
  name: 'actions',
  summary: 'list what a drill can use, or describe one action, probe or canary',
  args: [['[name]', 'its name, as in azure/postgresql.promote']],
  options: [['--json', 'as JSON']],
  run: async ({ args: [name], options, terminal }) => {
    const all = await describeAll();
    const chosen = name === undefined ? all : all.filter((entry) => entry.name === name);
    if (chosen.length === 0) throw new UsageError('not-found', await unknown(name ?? '', all));
    if (options['json'] === true) terminal.out(jsonText(name === undefined ? chosen : chosen[0]));
    else terminal.out(name === undefined ? chosen.map(line).join('\n') : chosen.map(page).join('\n'));
    return PASSED;
  },
};

async function describeAll(): Promise<readonly Described[]> {
  const [{ catalogue }, z] = await Promise.all([import('../../providers/catalogue.ts'), import('zod')]);
  const inputOf = (entry: { input: unknown }) =>
    z.toJSONSchema(entry.input as never, { io: 'input', unrepresentable: 'any' });
  const probes = [...catalogue.probes.values()].map((probe) => ({ ...probe, kind: 'probe' as const }));
  const canaries = [...catalogue.canaries.values()].map((canary) => ({ ...canary, kind: 'canary' as const }));
  return [
    ...[...catalogue.actions.values()].map((action) => ({ ...facts(action), input: inputOf(action) })),
    ...[...probes, ...canaries].map((entry) => ({
      name: entry.name,
      kind: entry.kind,
      title: entry.title,
      input: inputOf(entry),
    })),
  ];
}

const facts = ({ name, kind, title, permissions, undo, changesDataRoles }: Action<unknown, never>) => ({
  name,
  kind,
  title,
  permissions,
  undo,
  changesDataRoles,
});

const line = ({ name, kind, title }: Described) => `${name.padEnd(32)} ${kind.padEnd(7)} ${title}`;

function page(entry: Described): string {
  return [
    `${entry.name}: ${entry.title}`,
    `kind: ${entry.kind}`,
    ...(entry.undo === undefined
      ? []
      : [`undo: ${entry.undo}`, `changes data roles: ${entry.changesDataRoles ? 'yes' : 'no'}`]),
    ...(entry.permissions === undefined ? [] : [`permissions: ${entry.permissions.join(', ') || 'none'}`]),
    `input: ${jsonText(entry.input)}`,
  ].join('\n');
}

async function unknown(name: string, all: readonly Described[]): Promise<string> {
  const { default: leven } = await import('leven');
  const nearest = all.map((entry) => entry.name).sort((a, b) => leven(name, a) - leven(name, b))[0];
  return `expected an action, probe or canary, found "${name}"; did you mean "${nearest}"?`;
}
