/** Returns the classes of the most frequent mistakes, each once, in ascending order. */
export function confusedClasses(pairs: readonly { actual: number; predicted: number }[]): number[] {
  const found = new Set(pairs.flatMap(({ actual, predicted }) => [actual, predicted]));
  return [...found].toSorted((a, b) => a - b);
}

export const total = (row: readonly number[]) => row.reduce((sum, cell) => sum + cell, 0);
