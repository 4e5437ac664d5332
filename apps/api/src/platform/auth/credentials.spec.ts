import { describe, expect, it } from 'vitest';
import { basicKey, bearerKey } from './credentials';

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('credentials', () => {
  it('bearerKey finds the key in a Bearer header, whatever the case of the scheme', () => {
    expect(bearerKey('Bearer abc')).toBe('abc');
    expect(bearerKey('bearer abc')).toBe('abc');
    for (const header of [undefined, '', 'Bearer', 'Bearer a b', 'Basic abc', 'abc']) {
      expect(bearerKey(header)).toBeUndefined();
    }
  });

  it('basicKey finds the password in a Basic header, even with colons', () => {
    expect(basicKey(basic('anyone:abc'))).toBe('abc');
    expect(basicKey(basic(':a:b'))).toBe('a:b');
    for (const header of [undefined, basic('abc'), basic('abc:'), 'Basic ?', 'Bearer abc']) {
      expect(basicKey(header)).toBeUndefined();
    }
  });
});
