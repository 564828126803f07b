/** The parts of an ARM resource id of one provider type, nested types included. */
export interface ResourceId {
  readonly subscription: string;
  readonly group: string;
  /** Provider and types: `Microsoft.Network/trafficManagerProfiles/azureEndpoints`. */
  readonly type: string;
  /** One name for each type segment: `orders-tm/westeurope`. */
  readonly name: string;
}

const SHAPE = /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/([^/]+)\/(.+)$/i;

/** The type of a resource group, whose id has no provider: its name is its group. */
export const GROUP_TYPE = 'Microsoft.Resources/resourceGroups';
const GROUP_SHAPE = /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)$/i;

/** Parses a full ARM id; undefined when the text is none. */
export function parseResourceId(text: string): ResourceId | undefined {
  const [, owner, named] = GROUP_SHAPE.exec(text) ?? [];
  if (owner && named) return { subscription: owner, group: named, type: GROUP_TYPE, name: named };
  const match = SHAPE.exec(text);
  const [, subscription, group, provider, rest] = match ?? [];
  if (!subscription || !group || !provider || !rest) return undefined;
  const parts = rest.split('/');
  if (parts.length % 2 !== 0 || parts.some((part) => part === '')) return undefined;
  const types = parts.filter((_, index) => index % 2 === 0);
  const names = parts.filter((_, index) => index % 2 === 1);
  return { subscription, group, type: [provider, ...types].join('/'), name: names.join('/') };
}

/** The full ARM id. `type` and `name` need the same number of segments after the provider. */
export function formatResourceId({ subscription, group, type, name }: ResourceId): string {
  if (sameResource(type, GROUP_TYPE)) return `/subscriptions/${subscription}/resourceGroups/${name}`;
  const [provider, ...types] = type.split('/');
  const names = name.split('/');
  const tail = types.map((segment, index) => `${segment}/${names[index] ?? ''}`).join('/');
  return `/subscriptions/${subscription}/resourceGroups/${group}/providers/${provider}/${tail}`;
}

/** ARM ids are compared without regard to case. */
export const sameResource = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** True when `id` is `owner` or a child resource of it. */
export function isWithin(id: string, owner: string): boolean {
  return sameResource(id, owner) || id.toLowerCase().startsWith(`${owner.toLowerCase()}/`);
}

/** One is the other, lies within it, or may be one of those that an id with a star at its end stands for. */
export function overlap(one: string, other: string): boolean {
  return isWithin(one, other) || isWithin(other, one) || beginsAs(one, other) || beginsAs(other, one);
}

const beginsAs = (id: string, pattern: string): boolean =>
  pattern.endsWith('*') && id.toLowerCase().startsWith(pattern.slice(0, -1).toLowerCase());
