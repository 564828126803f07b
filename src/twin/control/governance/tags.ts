// Tags at a scope (Microsoft.Resources/tags/default): each service keeps its own; here they are read and changed by themselves.
import * as z from 'zod';
import { parseResourceId } from '../../../model/resource-id.ts';
import { DNS_ZONE_TYPE, NIC_TYPE, PROFILE_TYPE, SERVER_TYPE } from '../../world/resource-ids.ts';
import { groupNotFound, invalidContent, ok, Refusal } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import { type ArmRequest, type Route, served } from '../route.ts';
import { scopeOf } from './locks.ts';

const VERSIONS = ['2021-04-01', '2022-09-01', '2024-03-01', '2025-04-01'];
const GROUP = '/subscriptions/{subscription}/resourceGroups/{group}';
const SCOPES = [GROUP, `${GROUP}/providers/{provider}/{type}/{name}`];
const TAGS_MAX = 50;

type Tags = Readonly<Record<string, string>>;
interface Tagged {
  tags: Tags;
}
type Finder = (cloud: Cloud, group: string, name: string) => Tagged;

/** Who keeps tags, by resource type. */
const KEEPERS: Readonly<Record<string, Finder>> = {
  [SERVER_TYPE]: ({ servers }, group, name) => servers.get(group, name),
  [PROFILE_TYPE]: ({ profiles }, group, name) => profiles.get(group, name),
  [DNS_ZONE_TYPE]: ({ zones }, group, name) => zones.get(group, name),
  [NIC_TYPE]: ({ interfaces }, group, name) => interfaces.get(group, name),
};

export function tagRoutes(cloud: Cloud): readonly Route[] {
  const show = (request: ArmRequest) => ok(bodyOf(request, find(cloud, request).tags));
  const change = (request: ArmRequest, tags: Tags) => {
    if (Object.keys(tags).length > TAGS_MAX)
      throw new Refusal(400, 'TooManyTags', `expected at most ${TAGS_MAX} tags, found ${Object.keys(tags).length}`);
    find(cloud, request).tags = tags;
    return ok(bodyOf(request, tags));
  };
  return served(
    VERSIONS,
    SCOPES.flatMap((scope) => {
      const path = `${scope}/providers/Microsoft.Resources/tags/default`;
      return [
        { method: 'GET' as const, path, handle: show },
        { method: 'PUT' as const, path, handle: (request: ArmRequest) => change(request, parse(request).tags) },
        {
          method: 'PATCH' as const,
          path,
          handle: (request: ArmRequest) => change(request, patched(find(cloud, request).tags, parse(request))),
        },
        {
          method: 'DELETE' as const,
          path,
          handle: (request: ArmRequest) => {
            change(request, {});
            return { status: 200 };
          },
        },
      ];
    }),
  );
}

function find(cloud: Cloud, request: ArmRequest): Tagged {
  const { group = '', name = '' } = request.names;
  const standing = cloud.groups.find(group);
  if (standing === undefined) throw groupNotFound(group);
  const type = parseResourceId(scopeOf(request))?.type ?? '';
  if (request.names['provider'] === undefined)
    return {
      get tags() {
        return standing.tags;
      },
      set tags(tags) {
        cloud.groups.put({ ...standing, tags });
      },
    };
  const keeper = Object.entries(KEEPERS).find(([known]) => known.toLowerCase() === type.toLowerCase())?.[1];
  if (keeper === undefined) throw new Refusal(400, 'UnsupportedByTwin', `This twin keeps no tags of ${type}.`);
  return keeper(cloud, group, name);
}

const schema = z.looseObject({
  operation: z.enum(['Merge', 'Replace', 'Delete']).optional(),
  properties: z.looseObject({ tags: z.record(z.string().min(1).max(512), z.string().max(256)).default({}) }),
});

interface Asked {
  readonly operation: 'Merge' | 'Replace' | 'Delete' | undefined;
  readonly tags: Tags;
}

function parse({ body }: ArmRequest): Asked {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw invalidContent(z.prettifyError(parsed.error));
  return { operation: parsed.data.operation, tags: parsed.data.properties.tags };
}

/** A deletion takes away what has the same name and value. */
function patched(standing: Tags, { operation, tags }: Asked): Tags {
  if (operation === 'Merge') return { ...standing, ...tags };
  if (operation === 'Replace') return tags;
  if (operation === 'Delete')
    return Object.fromEntries(Object.entries(standing).filter(([name, value]) => tags[name] !== value));
  throw invalidContent('expected the operation Merge, Replace or Delete, found none');
}

const bodyOf = (request: ArmRequest, tags: Tags) => ({
  id: `${scopeOf(request)}/providers/Microsoft.Resources/tags/default`,
  name: 'default',
  type: 'Microsoft.Resources/tags',
  properties: { tags },
});
