import { z } from 'zod';

/** A page of a list. */
export interface Page<T> {
  items: T[];
  /** Cursor of the next page; null on the last page. */
  next: string | null;
}

/** The requested page of a list whose items are sorted by `P`. */
export interface PageQuery<P> {
  limit: number;
  /** Sort key of the previous page's last item. */
  cursor?: P;
}

/** Returns the schema of a list route's parameters. */
export function pageQuery<P extends z.ZodType>(place: P, options = { limit: 50, maximum: 200 }) {
  const { limit, maximum } = options;
  return {
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(maximum)
      .default(limit)
      .describe('Maximum number of items in the page'),
    cursor: cursorOf(place)
      .optional()
      .describe('`next` of the previous page; default: the first page'),
  };
}

/** Returns the schema that decodes cursors of `cursorFor`. */
function cursorOf<P extends z.ZodType>(place: P) {
  return z
    .string()
    .max(500)
    .transform((text, context): z.output<P> => {
      const parsed = place.safeParse(parse(text));
      if (parsed.success) return parsed.data;
      context.addIssue({ code: 'custom', message: 'must be the `next` of a page of this list' });
      return z.NEVER;
    });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
}

/** Encodes a position as a cursor, which is opaque to clients. */
function cursorFor(place: unknown): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/**
 * Makes a page from rows, of which one more than the limit was read to see whether there are more.
 * @param placeOf returns a row's sort key
 */
export function pageOf<R, P>(
  rows: readonly R[],
  { limit }: PageQuery<P>,
  placeOf: (row: R) => P,
): Page<R> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last ? cursorFor(placeOf(last)) : null };
}

/** Returns the same page with other items. */
export function mapPage<T, U>({ items, next }: Page<T>, map: (item: T) => U): Page<U> {
  return { items: items.map(map), next };
}
