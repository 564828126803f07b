import { sha256 } from '../model/json.ts';

/** What a request is for: the same attempt asks with a different id when it undoes what it did. */
export type RequestKind = 'inspect' | 'start' | 'observe' | 'undo' | 'read' | 'canary' | 'inventory';

/**
 * The `x-ms-client-request-id` of an attempt: a UUID that follows from its arguments, so that a repeated request carries the same one
 * after a crash too. Version 8 of RFC 9562 (custom): 122 bits of a SHA-256, in the form in which UUIDs are written.
 */
export function requestId(run: string, step: string, attempt: number, kind: RequestKind): string {
  const hex = sha256(JSON.stringify([run, step, attempt, kind]));
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0b0011) | 0b1000).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
