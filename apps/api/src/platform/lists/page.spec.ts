import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { pageOf, pageQuery } from './page';

const query = z.object(pageQuery(z.tuple([z.int(), z.uuid()])));
const id = '0b9f1c7e-3f0d-4c7a-9a44-6f8a7f0f8f11';

describe('a page', () => {
  it('a page has a cursor to the next one, and the last page has none', () => {
    const page = pageOf([1, 2, 3], { limit: 2 }, (row) => [row, id] as [number, string]);
    expect(page.items).toEqual([1, 2]);
    expect(query.parse({ cursor: page.next, limit: '2' })).toEqual({ limit: 2, cursor: [2, id] });
    expect(pageOf([1, 2], { limit: 2 }, String).next).toBeNull();
    expect(pageOf([], { limit: 2 }, String).next).toBeNull();
  });

  it.each(['', 'x', 'bnVsbA', Buffer.from('[1,"pets"]').toString('base64url')])(
    'the cursor "%s" is refused',
    (cursor) => {
      expect(query.safeParse({ cursor }).error?.issues).toMatchObject([{ path: ['cursor'] }]);
    },
  );

  it.each(['0', '201', 'many'])('the limit %s is refused', (limit) => {
    expect(query.safeParse({ limit }).success).toBe(false);
  });
});
