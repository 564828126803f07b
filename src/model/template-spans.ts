/** Where a `${{ }}` stands in a text, and what is written in it. */
export interface TemplateSpan {
  readonly start: number;
  readonly end: number;
  readonly inner: string;
}

const [OPEN, CLOSE] = ['${{', '}}'] as const;

/** Every `${{ }}` of a text, in its order. Linear, which a regular expression is not where none is closed. */
export function templateSpans(text: string): readonly TemplateSpan[] {
  const spans: TemplateSpan[] = [];
  let start = text.indexOf(OPEN);
  while (start !== -1) {
    // There is something in it.
    const close = text.indexOf(CLOSE, start + OPEN.length + 1);
    if (close === -1) break;
    const end = close + CLOSE.length;
    spans.push({ start, end, inner: text.slice(start + OPEN.length, close).trim() });
    start = text.indexOf(OPEN, end);
  }
  return spans;
}

/** The expression of a text that is nothing else, braces of its own included: `${{ {"a": {"b": 1}} }}`. */
export function wholeTemplate(text: string): string | undefined {
  const trimmed = text.trim();
  const isWhole = trimmed.startsWith(OPEN) && trimmed.endsWith(CLOSE) && trimmed.length > OPEN.length + CLOSE.length;
  return isWhole && templateSpans(text).length === 1 ? trimmed.slice(OPEN.length, -CLOSE.length).trim() : undefined;
}
