import type { ColumnOptions } from 'typeorm';

const form = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Postgres refuses to compare a uuid column with anything else: such an id names nothing. */
export function isUuid(text: string): boolean {
  return form.test(text);
}

/** Sizes, offsets and counted ids stay far below 2^53, so they are plain numbers rather than Postgres's strings. */
export const bigintTransformer = {
  to: (value: number) => value,
  from: (value: string | null) => (value === null ? null : Number(value)),
};

export function bigintColumn(name?: string): ColumnOptions {
  return { name, transformer: bigintTransformer };
}
