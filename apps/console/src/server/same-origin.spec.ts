import { describe, expect, it } from 'vitest';
import { isCrossOrigin } from './same-origin';

const check = (method: string, headers: Record<string, string>) =>
  isCrossOrigin(method, new Headers({ host: '127.0.0.1:3000', ...headers }));

describe('isCrossOrigin', () => {
  it('reads and same-origin changes are allowed', () => {
    expect(check('GET', { origin: 'http://evil.example' })).toBe(false);
    expect(check('POST', { origin: 'http://127.0.0.1:3000' })).toBe(false);
    expect(check('POST', { 'sec-fetch-site': 'same-origin' })).toBe(false);
  });

  it('changes from other sites and from other ports of the same host are refused', () => {
    expect(check('POST', { origin: 'http://evil.example' })).toBe(true);
    expect(check('DELETE', { origin: 'http://127.0.0.1:8080' })).toBe(true);
    expect(check('PUT', { 'sec-fetch-site': 'same-site' })).toBe(true);
    expect(check('POST', { origin: 'null' })).toBe(true);
  });
});
