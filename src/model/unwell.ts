/** How people are told that a probe did not see its service well for long enough. `when` may be empty; `found` is what the last look said. */
export const unwell = (probe: string, ms: number, when: '' | ' after restoration', found: string): string =>
  `probe ${probe}: expected to be healthy for ${ms} ms${when}, found ${found}`;

/** What the last look at a service said, for the sentence above. */
export const lastLook = (
  latest: { readonly healthy: boolean; readonly detail?: string | undefined } | undefined,
): string =>
  latest === undefined ? 'no reading' : (latest.detail ?? (latest.healthy ? 'healthy for less' : 'not healthy'));
