/** One answered request. */
export interface LoggedRequest {
  /** Epoch ms when it arrived. */
  readonly at: number;
  readonly method: string;
  /** Without its query: poll URLs are signed. */
  readonly path: string;
  /** Null when the reply was lost on purpose. */
  readonly status: number | null;
  readonly clientRequestId: string | null;
  readonly tookMs: number;
}

const ENTRIES_MAX = 1000;

/** The newest requests, oldest first. */
export class RequestLog {
  readonly #entries: LoggedRequest[] = [];

  add(entry: LoggedRequest): void {
    this.#entries.push(entry);
    if (this.#entries.length > ENTRIES_MAX) this.#entries.shift();
  }

  entries(): readonly LoggedRequest[] {
    return [...this.#entries];
  }
}
