import { describe, expect, it } from 'vitest';
import { CodedError, toErrorData, UsageError } from '../../src/model/errors.ts';

describe('CodedError', () => {
  it('carries a code, a message and its cause', () => {
    const cause = new Error('below');
    const error = new CodedError('fenced', 'another writer was faster', { cause });
    expect(error).toMatchObject({ code: 'fenced', message: 'another writer was faster', cause, name: 'CodedError' });
  });

  it('is still one when it is a UsageError, by its own name', () => {
    const error = new UsageError('not-found', 'expected a run, found none');
    expect(error).toBeInstanceOf(CodedError);
    expect(error.name).toBe('UsageError');
  });
});

describe('toErrorData', () => {
  it.each([
    ['a coded error', new CodedError('busy', 'taken'), { code: 'busy', message: 'taken' }],
    [
      'an error of the system',
      Object.assign(new Error('no route'), { code: 'ENETUNREACH' }),
      { code: 'ENETUNREACH', message: 'no route' },
    ],
    ['an error without a code', new TypeError('wrong'), { code: 'TypeError', message: 'wrong' }],
    [
      'an error with a code that is no text',
      Object.assign(new Error('odd'), { code: 7 }),
      { code: 'Error', message: 'odd' },
    ],
    ['an error with an empty code', Object.assign(new Error('odd'), { code: '' }), { code: 'Error', message: 'odd' }],
    ['a text', 'thrown', { code: 'Unknown', message: 'thrown' }],
    ['nothing', undefined, { code: 'Unknown', message: 'undefined' }],
  ])('turns %s into data for the journal', (_, thrown, data) => {
    expect(toErrorData(thrown)).toEqual(data);
  });
});
