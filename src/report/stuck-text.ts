// The rows of what is stuck as people read them: each thing once, with every command that helps to look at it or to go on.
import { parseResourceId } from '../model/resource-id.ts';
import type { DrillResult } from '../model/result.ts';
import { quoted } from './stuck.ts';

export interface StuckPart {
  readonly state: string;
  /** Ready for a POSIX shell: first those that look, then the one that goes on. */
  readonly commands: readonly string[];
}

export function stuckParts({ stuck, environment }: Pick<DrillResult, 'stuck' | 'environment'>): readonly StuckPart[] {
  return [...Map.groupBy(stuck, ({ state }) => state)].map(([state, rows]) => {
    const ids = rows.flatMap(({ resource }) => resource ?? []).filter((id) => parseResourceId(id) !== undefined);
    // Azure's own command line does not reach a twin, so a twin's commands are ours alone.
    const look = environment.kind === 'azure' ? ids.map(showCommand) : ['drillmaster twin status'];
    return { state, commands: [...new Set([...look, ...rows.map(({ command }) => command)])] };
  });
}

const SHOW_BY_TYPE: ReadonlyMap<string, string> = new Map([
  ['microsoft.dbforpostgresql/flexibleservers', 'az postgres flexible-server show --ids'],
  ['microsoft.network/trafficmanagerprofiles', 'az network traffic-manager profile show --ids'],
]);

const showCommand = (id: string): string => {
  const type = parseResourceId(id)?.type.toLowerCase() ?? '';
  return `${SHOW_BY_TYPE.get(type) ?? 'az resource show --ids'} ${quoted(id)}`;
};
