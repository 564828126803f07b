// Resources of one type as records, found by group and name.
import { resourceNotFound } from './arm-reply.ts';

interface Named {
  readonly name: string;
  readonly group: string;
}

export class NamedRecords<Item extends Named> {
  readonly #type: string;
  readonly #items: readonly Item[];

  constructor(type: string, items: readonly Item[]) {
    this.#type = type;
    this.#items = items;
  }

  /** Throws Refusal 404 `ResourceNotFound`. */
  get(group: string, name: string): Item {
    const item = this.list(group).find((candidate) => sameName(candidate.name, name));
    if (item === undefined) throw resourceNotFound(this.#type, name, group);
    return item;
  }

  find(name: string): Item | undefined {
    return this.#items.find((item) => sameName(item.name, name));
  }

  list(group?: string): readonly Item[] {
    return this.#items.filter((item) => group === undefined || sameName(item.group, group));
  }
}

/** Azure compares names without regard to case. */
export const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
