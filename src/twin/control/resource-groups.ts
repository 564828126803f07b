// Resource groups as records. What lies in them is asked of those who keep it.
import type { World } from '../world/world-schema.ts';
import { groupNotFound } from './arm-reply.ts';

export interface ResourceGroup {
  readonly name: string;
  readonly location: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly provisioningState: 'Succeeded' | 'Deleting';
}

export class ResourceGroups {
  readonly #groups = new Map<string, ResourceGroup>();

  constructor(world: World) {
    for (const { name, region } of world.resourceGroups)
      this.put({ name, location: region, tags: {}, provisioningState: 'Succeeded' });
  }

  put(group: ResourceGroup): void {
    this.#groups.set(group.name.toLowerCase(), group);
  }

  remove(name: string): void {
    this.#groups.delete(name.toLowerCase());
  }

  find(name: string): ResourceGroup | undefined {
    return this.#groups.get(name.toLowerCase());
  }

  /** Throws Refusal 404 `ResourceGroupNotFound`. */
  get(name: string): ResourceGroup {
    const group = this.find(name);
    if (group === undefined) throw groupNotFound(name);
    return group;
  }

  list(): readonly ResourceGroup[] {
    return [...this.#groups.values()];
  }
}
