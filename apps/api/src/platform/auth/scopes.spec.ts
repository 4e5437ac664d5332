import { expect, it } from 'vitest';
import { grants, type Scope, scopes } from './scopes';

it.each<[Scope, Scope[]]>([
  ['predict', ['predict']],
  ['read', ['read']],
  ['train', ['predict', 'read', 'train']],
  ['admin', ['predict', 'read', 'train', 'admin']],
])('%s allows %j and nothing else', (held, allowed) => {
  expect(scopes.filter((needed) => grants([held], [needed]))).toEqual(allowed);
});

it('a route needs at least one scope, and any of several is enough', () => {
  expect(grants(['predict'], ['read', 'predict'])).toBe(true);
  expect(grants(['predict', 'read'], ['read'])).toBe(true);
  expect(grants([], scopes)).toBe(false);
  expect(grants(scopes, [])).toBe(false);
});
