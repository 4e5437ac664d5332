import { hash } from '@coatrack/images';

/** Returns a copy of `items` in an order that depends on `keys` alone (Fisher–Yates). */
export function shuffled<T>(items: readonly T[], ...keys: number[]): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = hash(...keys, last) % (last + 1);
    [result[last], result[other]] = [result[other]!, result[last]!];
  }
  return result;
}
