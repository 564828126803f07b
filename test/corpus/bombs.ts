// Texts that are small to write down and large to read. Made when a test needs them, because nobody wants them in a repository.

/** Each with what is said of it; all of them fit into the size that a file may have. */
export const YAML_BOMBS: Readonly<Record<string, readonly [text: () => string, said: string]>> = {
  'a hundred thousand brackets': [() => `drill: ${'['.repeat(100_000)}`, '1:107: expected at most 100 levels'],
  'a hundred thousand closed brackets': [
    () => `${'{a: '.repeat(100_000)}${'}'.repeat(100_000)}`,
    '1:401: expected at most 100 levels',
  ],
  'a hundred thousand lists on a line': [() => '- '.repeat(100_000), '1:201: expected at most 100 levels'],
  'ten thousand keys on a line': [() => `${'? '.repeat(10_000)}a`, '1:201: expected at most 100 levels'],
  'a staircase': [
    () => Array.from({ length: 900 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
    '101:101: expected at most 100 levels',
  ],
  'a list of ten thousand, ninety times': [
    () => `a: &a [${'1,'.repeat(10_000)}]\nb: [${Array(90).fill('*a').join(',')}]`,
    'expected at most 500000 values',
  ],
  'aliases of aliases': [
    () =>
      `a: &a [x, x, x, x, x, x, x, x, x]\n${[...'bcdefghi']
        .map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[at]}`).join(',')}]`)
        .join('\n')}`,
    '2:8: expected readable YAML',
  ],
  'five thousand unknown keys': [
    () => Array.from({ length: 5000 }, (_, nth) => `k${nth}: 1`).join('\n'),
    'found "k4999"',
  ],
  'ten thousand wrong signs': [() => '] '.repeat(10_000), '1:1: expected valid YAML'],
  'a hundred thousand directives': [() => '%a b\n'.repeat(100_000), '11:1: expected at most 10 directives'],
  'a quote without an end': [() => `a: "${'\n'.repeat(900_000)}`, 'Missing closing "quote'],
  'signs alone': [() => '!'.repeat(900_000), '1:1: expected valid YAML'],
};

/** Too many words for the time that a world or drill may take. */
export const manyComments = (): string => '#\n'.repeat(1_100_000);
