// The estate of a twin as a calm table, at most 80 columns wide.
import { formatInstant } from '../model/clock.ts';
import type { TwinStatus } from '../twin/index.ts';

const COLUMNS = 80;

export function estateTable(status: TwinStatus): string {
  const { name, regions, resources, servers, endpoints, links, faults, nameServer, operations } = status;
  return [
    name,
    section(
      'Regions',
      regions.map((region) => [region.name, region.up ? 'up' : 'down', `since ${formatInstant(region.since)}`]),
    ),
    ...types(resources).map((type) =>
      section(
        type,
        resources
          .filter((resource) => resource.type === type)
          .map((resource) => {
            const server = servers.find(({ id }) => id.toLowerCase() === resource.id.toLowerCase());
            const role = server === undefined ? '' : `${server.role}${server.streaming ? ', streaming' : ''}`;
            return [resource.name, resource.location, server?.state ?? resource.state, role];
          }),
      ),
    ),
    section(
      'Endpoints',
      endpoints.map((entry) => [entry.name, entry.status, entry.monitor, entry.served ? 'served' : '']),
    ),
    section(
      'Links',
      links.map((link) => [link.between.join(' - '), `${link.latencyMs} ms`, link.cut ? 'cut' : 'whole']),
    ),
    section('Faults', faults.length === 0 ? [['none']] : faults.map(faultRow)),
    section('Twin', [
      ['name server', nameServer],
      ['operations at work', String(operations)],
    ]),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

const types = (resources: TwinStatus['resources']): readonly string[] => [
  ...new Set(resources.map(({ type }) => type)),
];

function faultRow(fault: TwinStatus['faults'][number]): readonly string[] {
  const { region, server, between, match } = fault as Readonly<Record<string, unknown>>;
  const target = region ?? server ?? (Array.isArray(between) ? between.join(' - ') : undefined) ?? match ?? '';
  return [fault.fault, String(target), `since ${formatInstant(fault.effectiveAt)}`];
}

/** A title and its rows, columns as wide as their longest cell; empty without rows. */
function section(title: string, rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const widths = [0, 1, 2, 3].map((at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const lines = rows.map((row) => `    ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd());
  return [`  ${title}`, ...lines].map(cut).join('\n');
}

const cut = (line: string): string => (line.length <= COLUMNS ? line : `${line.slice(0, COLUMNS - 1)}…`);
