// Markdown with front matter → a runbook page, or problems with line and column. Headings with check boxes are its steps.
import * as z from 'zod';
import type { Page, PageItem } from '../model/page.ts';
import { inFileOrder, type Problem, placeIssues } from './problem.ts';
import { readYaml } from './read-yaml.ts';
import { durationMs, period, role } from './schema.ts';
import { issuesOf } from './zod-issues.ts';

const PAGE_CHARACTERS_MAX = 100_000;
const ITEMS_MAX = 100;
const ROLES_MAX = 100;

const frontMatter = z.strictObject({
  owner: z.string().min(1),
  roles: z.array(role).max(ROLES_MAX).default([]),
  reviewed: z.iso.date({ error: 'expected the day of the last review, as in 2026-10-01' }),
  expectedDuration: period,
});

export type ParsedPage =
  | { readonly ok: true; readonly page: Page }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** `file` names the page in problems, and in the plan. */
export function parsePage(text: string, file: string): ParsedPage {
  const at = (line: number, column: number, message: string): Problem => ({ file, line, column, message });
  const refuse = (...problems: readonly Problem[]): ParsedPage => ({ ok: false, problems: inFileOrder(problems) });
  if (text.length > PAGE_CHARACTERS_MAX)
    return refuse(at(1, 1, `expected at most ${PAGE_CHARACTERS_MAX} characters, found ${text.length}`));
  const lines = text.split(/\r?\n/);
  const end = lines.indexOf('---', 1);
  if (lines[0] !== '---' || end === -1)
    return refuse(
      at(1, 1, 'expected front matter between two lines of ---, with owner, reviewed and expectedDuration, found none'),
    );
  const body = readBody(lines, end + 1, at);
  // The line of --- stays as an empty one, so that places in the front matter are places in the file.
  const head = readYaml(['', ...lines.slice(1, end)].join('\n'), file);
  const wrong =
    head.problems.length > 0 ? head.problems : placeIssues(issuesOf(frontMatter, head.value ?? {}), file, head.locate);
  if (wrong.length > 0 || body.problems.length > 0) return refuse(...wrong, ...body.problems);
  const { owner, roles, reviewed, expectedDuration } = frontMatter.parse(head.value);
  const expectedMs = durationMs(expectedDuration);
  return { ok: true, page: { file, owner, roles, reviewed, expectedMs, items: body.items, text } };
}

interface Body {
  readonly items: readonly PageItem[];
  readonly problems: readonly Problem[];
}

const HEADING = /^ {0,3}#{1,6}\s(.*)$/;
const BOX = /^\s*[-*+]\s+\[([ xX])\](.*)$/;
/** A heading may be closed with the signs that it begins with. */
const CLOSING = /(?<!#)#+$/;
const FENCE = /^ {0,3}(```|~~~)/;

function readBody(
  lines: readonly string[],
  from: number,
  at: (line: number, column: number, message: string) => Problem,
): Body {
  const found: { readonly title: string; readonly boxes: string[] }[] = [];
  const problems: Problem[] = [];
  let fenced = false;
  for (const [index, line] of lines.entries()) {
    if (index < from) continue;
    if (FENCE.test(line)) fenced = !fenced;
    if (fenced) continue;
    const heading = HEADING.exec(line)?.[1]?.trim().replace(CLOSING, '').trim();
    if (heading !== undefined) found.push({ title: heading, boxes: [] });
    const [, mark, behind] = BOX.exec(line) ?? [];
    if (behind === undefined) continue;
    const box = behind.trim();
    const place = (message: string) => problems.push(at(index + 1, line.indexOf('[') + 1, message));
    if (box === '') place('expected what must be true behind the check box, found nothing');
    else if (mark !== ' ') place(`expected an empty check box, found one that is ticked: ${box}`);
    else if (found.length === 0) place(`expected a heading above the first check box, found none: ${box}`);
    else found.at(-1)?.boxes.push(box);
  }
  const items = found.filter(({ boxes }) => boxes.length > 0);
  if (items.length === 0 && problems.length === 0)
    problems.push(
      at(from + 1, 1, 'expected headings with check boxes (- [ ] …), found none: nobody could answer the page'),
    );
  if (items.length > ITEMS_MAX)
    problems.push(at(from + 1, 1, `expected at most ${ITEMS_MAX} steps, found ${items.length}`));
  return { items, problems };
}
