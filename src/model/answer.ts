export const ANSWERS = ['done', 'failed', 'skipped'] as const;
/** What a person says of a step of a runbook page. */
export type Answer = (typeof ANSWERS)[number];
