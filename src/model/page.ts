/** A step of a runbook page: a heading with check boxes under it. */
export interface PageItem {
  readonly title: string;
  /** What must be true before it counts as done. */
  readonly boxes: readonly string[];
}

/** A runbook page that people answer step by step. Part of the plan, word for word: a changed page is another plan. */
export interface Page {
  /** Path inside the workspace. */
  readonly file: string;
  readonly owner: string;
  /** Who may answer; empty: anybody. */
  readonly roles: readonly string[];
  /** Day of the last review: `2026-10-01`. */
  readonly reviewed: string;
  readonly expectedMs: number;
  readonly items: readonly PageItem[];
  readonly text: string;
}
