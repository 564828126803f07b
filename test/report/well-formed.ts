// Strict enough for our own pages: every element closed in order, every attribute quoted, every ampersand an entity, ids unique.

const TOKEN = /<!DOCTYPE html>|<\/([a-z][a-z0-9]*)>|<([a-z][a-z0-9]*)((?: [a-z][\w:-]*="[^"<]*")*)( ?\/)?>|([^<]+)/giy;
const BARE_AMPERSAND = /&(?!(?:amp|lt|gt|quot|#39);)/;

/** The first thing that is wrong with a page; undefined when it is well-formed. */
export function findMalformation(page: string): string | undefined {
  const open: string[] = [];
  const ids = new Set<string>();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < page.length) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(page);
    if (match === null) return `unexpected mark-up: ${page.slice(from, from + 60)}`;
    const [token, closes, opens, attributes = '', closed] = match;
    if (BARE_AMPERSAND.test(token)) return `bare ampersand: ${token}`;
    if (closes !== undefined && open.pop() !== closes) return `unexpected end of ${closes}`;
    if (opens !== undefined && closed === undefined) open.push(opens);
    const id = / id="([^"]*)"/.exec(attributes)?.[1];
    if (id !== undefined && ids.has(id)) return `id ${id} twice`;
    if (id !== undefined) ids.add(id);
  }
  return open.length === 0 ? undefined : `never closed: ${open.join(', ')}`;
}
