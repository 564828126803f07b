import type { Terminal } from './terminal.ts';

/** Options that every command takes. */
export interface GlobalOptions {
  /** `--state DIR`, `DRILLMASTER_STATE`, else `.drillmaster` of the workspace. */
  readonly state?: string;
  /** `--journal URL`, `DRILLMASTER_JOURNAL`, else a file of the state folder. */
  readonly journal?: string;
  /** `--evidence DIR`, else `evidence` of the workspace. */
  readonly evidence?: string;
}

export interface Invocation {
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>> & GlobalOptions;
  readonly terminal: Terminal;
}

/** One command of the program as a value. `run` gives the exit status; its heavy parts are imported when it is called. */
export interface Command {
  /** Words after `drillmaster`, as in `keys export`. */
  readonly name: string;
  readonly summary: string;
  /** In commander's notation: `<file...>`, `[run]`. */
  readonly args?: readonly (readonly [name: string, description: string])[];
  readonly options?: readonly (readonly [flags: string, description: string])[];
  readonly hidden?: boolean;
  readonly run: (invocation: Invocation) => Promise<number>;
}

/** The text of an option that takes a value; undefined when it was not given. */
export function textOption(invocation: Invocation, name: string): string | undefined {
  const value = invocation.options[name];
  return typeof value === 'string' ? value : undefined;
}
