import { describe, expect, it } from 'vitest';
import { html } from '../../src/report/markup.ts';
import { markdownText, printable } from '../../src/report/printable.ts';

describe('printable text', () => {
  it.each([
    { text: 'Zürich – 東京 ✓', shown: 'Zürich – 東京 ✓' },
    { text: 'a\r\n\tb', shown: 'a b' },
    { text: '\u001B[31mred', shown: '\uFFFD[31mred' },
    { text: 'x\u202Ey\u2066z', shown: 'x\uFFFDy\uFFFDz' },
    { text: 'half \uD83D', shown: 'half \uFFFD' },
  ])('of $text is $shown', ({ text, shown }) => {
    expect(printable(text)).toBe(shown);
  });

  it('is no mark-up in Markdown', () => {
    expect(markdownText('a|b *c* [d](e) <f> `g` & \\')).toBe(String.raw`a\|b \*c\* \[d\](e) &lt;f&gt; \`g\` &amp; \\`);
  });

  it('is no mark-up in HTML, unless it is markup itself', () => {
    const inner = html`<b>${'<i>'}</b>`;
    expect(html`<p title="${`"'`}">${inner}${[inner]}${undefined}${7}</p>`.markup).toBe(
      '<p title="&quot;&#39;"><b>&lt;i&gt;</b><b>&lt;i&gt;</b>7</p>',
    );
  });
});
