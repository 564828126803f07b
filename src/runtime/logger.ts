/** Operational logs, apart from the journal. Never given secrets. */
export interface Logger {
  readonly debug: (message: string, facts?: object) => void;
  readonly info: (message: string, facts?: object) => void;
  readonly warn: (message: string, facts?: object) => void;
  readonly error: (message: string, facts?: object) => void;
}

/** For runs that nobody watches. */
export const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
