import { describe, expect, it } from 'vitest';
import type { CommandBody } from '../../src/journal/command.ts';
import { parseCommand } from '../../src/journal/parse-command.ts';

const COMMANDS: readonly CommandBody[] = [
  { type: 'abort', as: 'sam', reason: 'enough' },
  { type: 'approve', as: 'sam', role: 'ops', decision: 'approved', planDigest: 'd' },
  { type: 'approve', as: 'sam', role: 'ops', decision: 'declined', note: 'no', planDigest: 'd' },
  { type: 'declare', as: 'sam', reason: 'gone' },
  { type: 'declare', as: 'sam', role: 'ops', reason: 'gone' },
  { type: 'pause', as: 'sam', reason: 'lunch' },
  { type: 'resume', as: 'sam' },
  { type: 'skip', as: 'sam', step: 's', reason: 'r' },
  { type: 'retry', as: 'sam', step: 's', reason: 'r' },
  { type: 'answer', as: 'sam', role: 'ops', step: 's', item: 1, result: 'done', note: '' },
];

describe('a command', () => {
  it.each(COMMANDS)('comes back as it went: $type', (command) => {
    expect(parseCommand(JSON.stringify(command))).toEqual(command);
  });

  it.each([
    '',
    '{',
    'null',
    '[]',
    '7',
    '{"type":"abort"}',
    '{"type":"__proto__"}',
    '{"type":"abort","as":"x","reason":"y","z":1}',
  ])('is not %s', (text) => {
    expect(parseCommand(text)).toBeUndefined();
  });
});
