// SQL servers, databases, replication links and failover groups as the control plane knows them. No data lies behind them.
import { randomUUID } from 'node:crypto';
import { SQL_SERVER_TYPE } from '../../world/resource-ids.ts';
import type { World } from '../../world/world-schema.ts';
import { Refusal, resourceNotFound } from '../arm-reply.ts';
import { NamedRecords, sameName } from '../named-records.ts';

export interface SqlServer {
  readonly name: string;
  readonly group: string;
  readonly region: string;
  readonly databases: SqlDatabase[];
}

export interface SqlDatabase {
  readonly name: string;
  readonly id: string;
  readonly createdAt: number;
  status: 'Online' | 'Restoring';
}

/** A database and its copy of the same name. */
export interface SqlLink {
  readonly id: string;
  readonly database: string;
  readonly startedAt: number;
  primary: SqlServer;
  secondary: SqlServer;
  /** An operation is at work on it. */
  busy: boolean;
}

export interface SqlFailoverGroup {
  readonly name: string;
  readonly links: readonly SqlLink[];
  primary: SqlServer;
  secondary: SqlServer;
  policy: 'Manual' | 'Automatic';
  graceMinutes: number;
  busy: boolean;
}

const GRACE_MINUTES = 60;

export class SqlRecords {
  readonly servers: NamedRecords<SqlServer>;
  readonly links: readonly SqlLink[];
  #groups: readonly SqlFailoverGroup[];

  constructor({ sqlServers, sqlFailoverGroups }: World, createdAt: number) {
    const servers = sqlServers.map(({ name, group, region, databases }) => ({
      name,
      group,
      region,
      databases: databases.map((database) => newDatabase(database.name, createdAt)),
    }));
    this.servers = new NamedRecords<SqlServer>(SQL_SERVER_TYPE, servers);
    const alone = sqlServers.flatMap(({ name, databases }) =>
      databases.flatMap(({ name: database, copy }) =>
        copy === undefined ? [] : [this.#link(database, name, copy, createdAt)],
      ),
    );
    this.#groups = sqlFailoverGroups.map(({ name, primary, secondary, databases, policy }) => ({
      name,
      primary: this.#server(primary),
      secondary: this.#server(secondary),
      policy,
      graceMinutes: GRACE_MINUTES,
      links: databases.map((database) => this.#link(database, primary, secondary, createdAt)),
      busy: false,
    }));
    this.links = [...alone, ...this.#groups.flatMap(({ links }) => links)];
  }

  /** Throws Refusal 404 `ResourceNotFound`. */
  database(server: SqlServer, name: string): SqlDatabase {
    const found = server.databases.find((candidate) => sameName(candidate.name, name));
    if (found === undefined) throw resourceNotFound(`${SQL_SERVER_TYPE}/databases`, name, server.group);
    return found;
  }

  linksOf(server: SqlServer, database?: string): readonly SqlLink[] {
    return this.links.filter(
      (link) =>
        (link.primary === server || link.secondary === server) &&
        (database === undefined || sameName(link.database, database)),
    );
  }

  groups(server?: SqlServer): readonly SqlFailoverGroup[] {
    return this.#groups.filter(
      ({ primary, secondary }) => server === undefined || primary === server || secondary === server,
    );
  }

  /** Throws Refusal 404 `ResourceNotFound`. */
  group(server: SqlServer, name: string): SqlFailoverGroup {
    const found = this.groups(server).find((candidate) => sameName(candidate.name, name));
    if (found === undefined) throw resourceNotFound(`${SQL_SERVER_TYPE}/failoverGroups`, name, server.group);
    return found;
  }

  groupOf(link: SqlLink): SqlFailoverGroup | undefined {
    return this.#groups.find(({ links }) => links.includes(link));
  }

  /** Its databases keep their copies, as on Azure. */
  removeGroup(group: SqlFailoverGroup): void {
    this.#groups = this.#groups.filter((candidate) => candidate !== group);
  }

  #server(name: string): SqlServer {
    const server = this.servers.find(name);
    if (server === undefined) throw new Refusal(404, 'ResourceNotFound', `expected a SQL server, found ${name}`);
    return server;
  }

  #link(database: string, from: string, to: string, startedAt: number): SqlLink {
    const secondary = this.#server(to);
    secondary.databases.push(newDatabase(database, startedAt));
    return { id: randomUUID(), database, startedAt, primary: this.#server(from), secondary, busy: false };
  }
}

export const newDatabase = (name: string, createdAt: number): SqlDatabase => ({
  name,
  id: randomUUID(),
  createdAt,
  status: 'Online',
});
