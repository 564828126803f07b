// Namespaces of one messaging service and the aliases that pair them, as the control plane knows them. No message lies behind them.
import type { WorldNamespace } from '../../world/messaging-schema.ts';
import { NamedRecords, sameName } from '../named-records.ts';

export interface MessagingNamespace {
  readonly name: string;
  readonly group: string;
  readonly region: string;
  readonly createdAt: number;
}

export interface MessagingAlias {
  readonly name: string;
  primary: MessagingNamespace;
  /** Undefined: nobody is copied to, and the role is PrimaryNotReplicating. */
  secondary: MessagingNamespace | undefined;
  state: 'Accepted' | 'Succeeded' | 'Failed';
}

/** What tells the two services apart. */
export interface MessagingService {
  /** `Microsoft.ServiceBus/namespaces`. */
  readonly type: string;
  readonly provider: string;
  readonly apiVersions: readonly string[];
  readonly sku: { readonly name: string; readonly tier: string; readonly capacity: number };
}

export class MessagingRecords {
  readonly service: MessagingService;
  readonly namespaces: NamedRecords<MessagingNamespace>;
  #aliases: readonly MessagingAlias[];

  constructor(service: MessagingService, world: readonly WorldNamespace[], createdAt: number) {
    this.service = service;
    this.namespaces = new NamedRecords<MessagingNamespace>(
      service.type,
      world.map(({ name, group, region }) => ({ name, group, region, createdAt })),
    );
    this.#aliases = world.flatMap(({ name, alias }) => {
      const primary = this.namespaces.find(name);
      if (alias === undefined || primary === undefined) return [];
      const secondary = this.namespaces.find(alias.secondary);
      return [{ name: alias.name, primary, secondary, state: 'Succeeded' as const }];
    });
  }

  /** Of a namespace, or of all of them. */
  aliases(namespace?: MessagingNamespace): readonly MessagingAlias[] {
    return this.#aliases.filter(
      ({ primary, secondary }) => namespace === undefined || primary === namespace || secondary === namespace,
    );
  }

  alias(namespace: MessagingNamespace, name: string): MessagingAlias | undefined {
    return this.aliases(namespace).find((alias) => sameName(alias.name, name));
  }

  add(alias: MessagingAlias): void {
    this.#aliases = [...this.#aliases, alias];
  }

  remove(alias: MessagingAlias): void {
    this.#aliases = this.#aliases.filter((known) => known !== alias);
  }
}
