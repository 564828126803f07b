// Holds the code to the table in ARCHITECTURE.md: who may import whom, which folders stay pure, and how long a file may be.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const FILE_LINES_MAX = 300;
/** Everything that would make a pure folder depend on when, where or how often it runs. */
const IMPURE =
  /\b(Date\.now|new Date\(\)|performance\.now|Math\.random|randomUUID|randomBytes|setTimeout|setInterval|process\.)/;

interface Layer {
  readonly folder: string;
  readonly mayImport: ReadonlySet<string>;
  readonly pure: boolean;
}

const rows = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| [a-z]+ \|.*\| (yes|no) \|$/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()));
const names = rows.map((cells) => cells[1] ?? '');
const layers: readonly Layer[] = rows.map(([, folder = '', , may = '', io]) => ({
  folder,
  mayImport: new Set([folder, ...allowed(may, folder)]),
  pure: io === 'no',
}));

function allowed(cell: string, folder: string): readonly string[] {
  if (cell === 'all') return names;
  if (!cell.startsWith('all but')) return cell.split(',').map((name) => name.trim());
  const except = new Set(
    cell
      .slice('all but'.length)
      .split(',')
      .map((name) => name.trim()),
  );
  return names.filter((name) => name !== folder && !except.has(name));
}

const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, text: readFileSync(join(ROOT, 'src', name), 'utf8') }));
const inFolder = (folder: string) => sources.filter(({ name }) => name.startsWith(`${folder}/`));
const importsOf = (text: string) =>
  [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');

/** Every file of src that a file imports, and what those import. */
function reachedFrom(file: string, reached = new Set<string>()): ReadonlySet<string> {
  const text = sources.find(({ name }) => name === file)?.text ?? '';
  for (const target of importsOf(text).filter((one) => one.startsWith('.'))) {
    const name = relative(join(ROOT, 'src'), resolve(ROOT, 'src', dirname(file), target));
    if (!reached.has(name)) reachedFrom(name, reached.add(name));
  }
  return reached;
}

describe('the layers of ARCHITECTURE.md', () => {
  it('name every folder of src', () => {
    const folders = new Set(sources.filter(({ name }) => name.includes('/')).map(({ name }) => name.split('/', 1)[0]));
    expect(layers.length).toBeGreaterThan(10);
    expect([...folders].filter((folder) => !names.includes(folder ?? ''))).toEqual([]);
  });

  it.each(layers)('hold in $folder', ({ folder, mayImport, pure }) => {
    const wrong = inFolder(folder).flatMap(({ name, text }) =>
      importsOf(text).flatMap((target) => {
        if (target === 'node:vm' && name === 'model/in-time.ts') return [];
        if (target.startsWith('node:'))
          return pure && target !== 'node:crypto' && target !== 'node:assert/strict' ? [`${name} → ${target}`] : [];
        if (!target.startsWith('.'))
          return target === 'xstate' && folder !== 'statechart' ? [`${name} → ${target}`] : [];
        const inside = relative(join(ROOT, 'src'), resolve(ROOT, 'src', dirname(name), target));
        return mayImport.has(inside.split('/', 1)[0] ?? '') ? [] : [`${name} → ${inside}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it.each(layers.filter(({ pure }) => pure))('keep $folder pure', ({ folder }) => {
    const code = inFolder(folder).map(({ name, text }) => ({ name, hit: IMPURE.exec(withoutComments(text))?.[0] }));
    expect(code.filter(({ hit }) => hit !== undefined)).toEqual([]);
  });

  it('let no file of cli/children import itself through others', () => {
    const circles = inFolder('cli/children').flatMap(({ name }) => (reachedFrom(name).has(name) ? [name] : []));
    expect(circles).toEqual([]);
  });

  it(`keep files at ${FILE_LINES_MAX} lines or fewer`, () => {
    const long = sources.filter(({ text }) => text.split('\n').length > FILE_LINES_MAX + 1).map(({ name }) => name);
    expect(long).toEqual([]);
  });
});

const withoutComments = (text: string) => text.replaceAll(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '');
