import type { ColumnOptions } from 'typeorm';

/** Sizes, offsets and counted ids stay far below 2^53, so they are plain numbers rather than Postgres's strings. */
export const bigintTransformer = {
  to: (value: number) => value,
  from: (value: string | null) => (value === null ? null : Number(value)),
};

export function bigintColumn(name?: string): ColumnOptions {
  return { name, transformer: bigintTransformer };
}
