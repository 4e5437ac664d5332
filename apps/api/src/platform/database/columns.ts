import type { ColumnOptions } from 'typeorm';

const form = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Returns whether the text is a UUID. Postgres refuses to compare a uuid column with anything else. */
export function isUuid(text: string): boolean {
  return form.test(text);
}

/** Reads bigint columns as numbers: sizes, offsets and serial ids stay far below 2^53. */
export const bigintTransformer = {
  to: (value: number) => value,
  from: (value: string | null) => (value === null ? null : Number(value)),
};

export function bigintColumn(name?: string): ColumnOptions {
  return { name, transformer: bigintTransformer };
}
