import { z } from 'zod';

/** A part of a list. */
export interface Page<T> {
  items: T[];
  /** Where the next page begins; null at the list's end. */
  next: string | null;
}

/** What to read of a list whose items are sorted by `P`. */
export interface PageQuery<P> {
  limit: number;
  /** What the last item of the page before is sorted by. */
  cursor?: P;
}

/** The parameters of a list's route. */
export function pageQuery<P extends z.ZodType>(place: P, options = { limit: 50, maximum: 200 }) {
  const { limit, maximum } = options;
  return {
    limit: z.coerce.number().int().min(1).max(maximum).default(limit).describe('Items of a page'),
    cursor: cursorOf(place).optional().describe('`next` of the page before; left out: the first'),
  };
}

/** Reads what `cursorFor` wrote. */
function cursorOf<P extends z.ZodType>(place: P) {
  return z
    .string()
    .max(500)
    .transform((text, context): z.output<P> => {
      const parsed = place.safeParse(parse(text));
      if (parsed.success) return parsed.data;
      context.addIssue({ code: 'custom', message: 'must be `next` of a page of this list' });
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

/** Returns a cursor: clients pass it on without looking into it. */
function cursorFor(place: unknown): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/**
 * Makes a page of rows of which one more than fits was read, if there is one more.
 * @param placeOf what a row is sorted by
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
