import { describe, expect, it } from 'vitest';
import { leader, wrap } from '../../src/plan/wrap.ts';

describe('wrap', () => {
  it('breaks between words, at column 80 at the latest', () => {
    const lines = wrap('word '.repeat(40), 4);
    expect(lines.every((line) => line.length <= 80 && line.startsWith('    word'))).toBe(true);
    expect(lines.join(' ').match(/word/g)).toHaveLength(40);
  });

  it('never breaks a word', () => {
    expect(wrap(`a ${'b'.repeat(90)} c`, 2)).toEqual(['  a', `  ${'b'.repeat(90)}`, '  c']);
  });

  it('makes no line of no words', () => {
    expect(wrap('')).toEqual([]);
  });
});

describe('leader', () => {
  it('ends at column 80', () => {
    expect(leader('  left', '21 s')).toHaveLength(80);
  });

  it('keeps a space when there is no room', () => {
    expect(leader('x'.repeat(85), '21 s')).toBe(`${'x'.repeat(85)} 21 s`);
  });
});
