import { describe, expect, it } from 'vitest';
import { redactText, redactUrl } from '../../src/providers/arm/redact.ts';
import { parseServiceError } from '../../src/providers/arm/service-error.ts';

describe('redaction', () => {
  it.each([
    ['https://arm.example/op/guid?t=1&s=secret#f', 'https://arm.example/op/guid'],
    ['https://user:secret@arm.example/op', 'https://arm.example/op'],
    ['secret', '[not a URL]'],
  ])('shows of %s only where it leads', (url, shown) => expect(redactUrl(url)).toBe(shown));

  it('takes queries and tokens out of texts, and shortens them', () => {
    const text = 'at https://a.example/x?s=secret, then "http://b.example:1/y?secret" with Bearer ey.secret-1_2=';
    expect(redactText(text)).toBe('at https://a.example/x then "http://b.example:1/y" with Bearer [removed]');
    expect(redactText('x'.repeat(5000)).length).toBeLessThan(1010);
  });
});

describe('the error shapes of Azure', () => {
  it.each([
    ['Resource Manager', { error: { code: 'ScopeLocked', message: 'no' } }, { code: 'ScopeLocked', message: 'no' }],
    [
      'Site Recovery',
      {
        error: {
          code: 'A',
          message: 'b',
          details: [{ code: '28031', message: 'VM', recommendedAction: 'more quota', activityId: 'x' }],
        },
      },
      { code: 'A', message: 'b; 28031: VM: more quota' },
    ],
    [
      'a backup stamp',
      { ErrorCode: 'E', Message: { Language: 'en', Value: 'text' }, Values: [] },
      { code: 'E', message: 'text' },
    ],
    ['App Service', { Code: '429', Message: 'lock', Details: [] }, { code: '429', message: 'lock' }],
    ['a bare gateway', { code: 'Gateway', message: 'bare' }, { code: 'Gateway', message: 'bare' }],
    ['numbers for codes', { error: { code: 28031, message: 'n' } }, { code: '28031', message: 'n' }],
  ])('are read from %s', (_, body, expected) => expect(parseServiceError(body)).toEqual(expected));

  it.each([
    undefined,
    null,
    '',
    'text',
    7,
    [],
    {},
    { error: null },
    { error: 'text' },
    { error: { message: 'no code' } },
  ])('are not read into %j', (body) => expect(parseServiceError(body)).toBeUndefined());
});
