import { describe, expect, it } from 'vitest';
import { parseBlobPlace } from '../../src/journal/blob/place.ts';
import { failsWith } from './suite.ts';

describe('the address of a blob journal', () => {
  it.each([
    [
      'https://journals.blob.core.windows.net/drills',
      { service: 'https://journals.blob.core.windows.net', account: 'journals', container: 'drills', prefix: '' },
    ],
    [
      'https://journals.blob.core.windows.net/drills/orders/west/',
      {
        container: 'drills',
        desk: 'drills-desk',
        prefix: 'orders/west/',
        shown: 'https://journals.blob.core.windows.net/drills/orders/west',
      },
    ],
    [
      'http://127.0.0.1:10000/devstoreaccount1/drills',
      { service: 'http://127.0.0.1:10000/devstoreaccount1', account: 'devstoreaccount1', container: 'drills' },
    ],
    ['http://[::1]:10000/one/drills/p', { service: 'http://[::1]:10000/one', container: 'drills', prefix: 'p/' }],
  ])('reads %s', (text, expected) => {
    expect(parseBlobPlace(text)).toMatchObject(expected);
  });

  it.each([
    ['nothing', ''],
    ['a folder', '/var/journals'],
    ['http to another machine', 'http://journals.blob.core.windows.net/drills'],
    ['another protocol', 'ftp://journals.blob.core.windows.net/drills'],
    ['no container', 'https://journals.blob.core.windows.net/'],
    ['a container that Azure does not allow', 'https://journals.blob.core.windows.net/Drills'],
    ['a container whose desk would have too long a name', `https://journals.blob.core.windows.net/${'c'.repeat(59)}`],
    ['a way out of the prefix', 'https://journals.blob.core.windows.net/drills/%2e%2e%2fother'],
    ['a fragment', 'https://journals.blob.core.windows.net/drills#x'],
    ['a novel', `https://journals.blob.core.windows.net/drills/${'x'.repeat(2000)}`],
  ])('is refused when it is %s', (_, text) => {
    expect(() => parseBlobPlace(text)).toThrow(failsWith('address-invalid'));
  });

  it.each([
    'https://journals.blob.core.windows.net/drills?sv=2026-01-01&sig=VERYSECRET',
    'https://user:VERYSECRET@journals.blob.core.windows.net/drills',
  ])('is refused with a secret in it, which is never repeated', (text) => {
    expect(() => parseBlobPlace(text)).toThrow(failsWith('address-invalid'));
    expect(() => parseBlobPlace(text)).not.toThrow('VERYSECRET');
  });
});
