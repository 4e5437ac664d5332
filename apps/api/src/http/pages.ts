import { z } from 'zod';

/** The query of a list that is read page by page. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(300).optional().describe('`next` of the page before'),
});

export const nextCursor = z
  .string()
  .nullable()
  .describe('The cursor of the next page; null on the last one');

/**
 * Cuts a page from rows of which one more than the limit was read.
 * @param cursorOf tells where the page after a row begins
 */
export function cutPage<T>(
  rows: readonly T[],
  limit: number,
  cursorOf: (last: T) => string,
): { page: T[]; next: string | null } {
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return { page, next: last === undefined ? null : cursorOf(last) };
}
