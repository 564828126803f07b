// Firewall rules and parameters of flexible servers: declared, kept and shown; they change nothing of the server behind them.
import type { ServerRecord } from '../server-records.ts';

export interface FirewallRule {
  readonly name: string;
  readonly startIpAddress: string;
  readonly endIpAddress: string;
}

/** A parameter as the service declares it. */
interface Declared {
  readonly value: string;
  readonly dataType: 'Boolean' | 'Integer' | 'Enumeration';
  /** A regular expression that values fit. */
  readonly allowedValues: string;
  readonly isDynamic: boolean;
}

export const PARAMETERS: Readonly<Record<string, Declared>> = {
  'azure.extensions': { value: '', dataType: 'Enumeration', allowedValues: '[\\w,-]*', isDynamic: true },
  log_min_duration_statement: { value: '-1', dataType: 'Integer', allowedValues: '-?\\d{1,10}', isDynamic: true },
  max_connections: { value: '859', dataType: 'Integer', allowedValues: '\\d{2,4}', isDynamic: false },
  require_secure_transport: { value: 'on', dataType: 'Boolean', allowedValues: 'on|off', isDynamic: true },
  work_mem: { value: '4096', dataType: 'Integer', allowedValues: '\\d{1,7}', isDynamic: true },
};

export interface ServerSettings {
  readonly rules: Map<string, FirewallRule>;
  /** What was set by somebody, by name. */
  readonly values: Map<string, string>;
}

/** They are a server's own and go with it: one that is made under the same name later has none of them. */
export class SettingsRecords {
  readonly #settings = new WeakMap<ServerRecord, ServerSettings>();

  of(server: ServerRecord): ServerSettings {
    const known = this.#settings.get(server);
    if (known !== undefined) return known;
    const fresh = { rules: new Map(), values: new Map() };
    this.#settings.set(server, fresh);
    return fresh;
  }
}
