// What a well-formed DNS zone of a world file can still get wrong.
import type { WorldIssue } from './world-issues.ts';
import type { World } from './world-schema.ts';

/** Zones that stand twice, records that stand twice, and a CNAME that is not alone. */
export function checkDnsZones({ dnsZones }: World): readonly WorldIssue[] {
  const names = dnsZones.map(({ name }) => name.toLowerCase());
  return dnsZones.flatMap(({ name, records }, zone) => [
    ...(names.indexOf(name.toLowerCase()) === zone
      ? []
      : [{ path: ['dnsZones', zone, 'name'], message: `expected each name once, found "${name}" again` }]),
    ...records.flatMap((record, at) => {
      const others = records.slice(0, at).filter((other) => other.name.toLowerCase() === record.name.toLowerCase());
      const path = ['dnsZones', zone, 'records', at];
      if (others.some(({ type }) => type === record.type))
        return [
          { path, message: `expected each name and type once, found "${record.name}" of type ${record.type} again` },
        ];
      const clash = others.length > 0 && (record.type === 'CNAME' || others.some(({ type }) => type === 'CNAME'));
      return clash ? [{ path, message: `expected a CNAME to be the only record of "${record.name}"` }] : [];
    }),
  ]);
}
