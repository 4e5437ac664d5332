import type { ColumnOptions } from 'typeorm';

/** Sizes and offsets stay far below 2^53, so they are plain numbers rather than Postgres's strings. */
export function bigintColumn(name?: string): ColumnOptions {
  return { name, transformer: { to: (value: number) => value, from: Number } };
}
