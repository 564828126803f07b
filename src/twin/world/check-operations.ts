// The operations that a world file gives a time to: a name that no operation has would change nothing, and nobody would know.
import { suggest } from '../../model/suggest.ts';
import { isOperationKind, OPERATION_KINDS } from './operation-kinds.ts';
import type { WorldIssue } from './world-issues.ts';

const EXAMPLE = '"PATCH Microsoft.DBforPostgreSQL/flexibleServers [forced]"';

export const checkOperations = ({
  operations,
}: {
  readonly operations: Readonly<Record<string, unknown>>;
}): readonly WorldIssue[] =>
  Object.keys(operations)
    .filter((kind) => !isOperationKind(kind))
    .map((kind) => ({
      path: ['operations', kind],
      at: 'key',
      message: `expected an operation that a twin paces (${shown(kindsNear(kind))}), found "${kind}"`,
      ...suggest(kind, OPERATION_KINDS),
    }));

/** All of the provider that is named: `Microsoft.Storage`. */
function kindsNear(kind: string): readonly string[] {
  const provider = /\s([^/\s]+)\//.exec(kind)?.[1]?.toLowerCase();
  return OPERATION_KINDS.filter((known) => provider !== undefined && known.toLowerCase().includes(` ${provider}/`));
}

const shown = (kinds: readonly string[]) =>
  kinds.length === 0 ? `such as ${EXAMPLE}` : kinds.map((kind) => `"${kind}"`).join(', ');
