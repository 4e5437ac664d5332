import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { z } from 'zod';
import { type Page, pageOf, type PageQuery } from './page';

/** Sort key of lists with the newest first: microseconds since 1970, Postgres's resolution, and an id. */
export type Moment = [time: number, id: string];

/** Returns the schema of a position in such a list, for `pageQuery`. */
export function momentSchema(id: z.ZodType<string>) {
  return z.tuple([z.int().min(0), id]);
}

/** Returns SQL for a time as the microseconds of a `Moment`; JavaScript gets a string, as for every bigint. */
export function microseconds(time: string): string {
  return `(extract(epoch from ${time}) * 1000000)::bigint`;
}

/** Returns SQL for the microseconds of a `Moment` as a time. */
export function momentTime(parameter: string): string {
  return `timestamptz 'epoch' + ${parameter}::bigint * interval '1 microsecond'`;
}

/** Reads a page of an entity with the columns `created_at` and `id`, newest first. */
export async function newestFirst<E extends ObjectLiteral & { id: string }>(
  query: SelectQueryBuilder<E>,
  page: PageQuery<Moment>,
): Promise<Page<{ entity: E; raw: Record<string, unknown> }>> {
  const [time, id] = [`${query.alias}.created_at`, `${query.alias}.id`];
  if (page.cursor) {
    const [placeTime, placeId] = page.cursor;
    query.andWhere(`(${time}, ${id}) < (${momentTime(':placeTime')}, :placeId)`, {
      placeTime,
      placeId,
    });
  }
  const { entities, raw } = await query
    .addSelect(microseconds(time), 'place')
    .orderBy(time, 'DESC')
    .addOrderBy(id, 'DESC')
    .limit(page.limit + 1)
    .getRawAndEntities<{ place: string }>();
  const rows = entities.map((entity, index) => ({ entity, raw: raw[index]! }));
  return pageOf(rows, page, (row): Moment => [Number(row.raw.place), row.entity.id]);
}
