// Names and messages come from files, clouds and databases. Whatever could steer a terminal or a reader's eye is made visible.

const REPLACEMENT = '\uFFFD';

/** Text without control and format characters (escape codes, bidirectional overrides, lone surrogates); line ends become spaces. */
export const printable = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\r\n\t]+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, REPLACEMENT);

/** The same for one cell or sentence of Markdown: nothing of it is read as mark-up or HTML. */
export const markdownText = (text: string): string =>
  printable(text)
    .replace(/[\\`*_[\]|~#]/g, String.raw`\$&`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
