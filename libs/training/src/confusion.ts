/** How often images of one class were taken for another, or for their own. */
export interface ConfusionEntry {
  /** Index of the true class. */
  actual: number;
  /** Index of the class with the highest logit. */
  predicted: number;
  count: number;
}

/** Counts which class was taken for which. Memory grows with the images that were seen, not with the square of the classes. */
export class Confusion {
  private readonly counts = new Map<number, number>();

  constructor(readonly classes: number) {}

  /** How many different pairs of classes were seen. */
  get size(): number {
    return this.counts.size;
  }

  add(actual: number, predicted: number): void {
    const pair = actual * this.classes + predicted;
    this.counts.set(pair, (this.counts.get(pair) ?? 0) + 1);
  }

  /** Yields every pair that was seen, in no particular order. */
  *entries(): Generator<ConfusionEntry> {
    for (const [pair, count] of this.counts) {
      const predicted = pair % this.classes;
      yield { actual: (pair - predicted) / this.classes, predicted, count };
    }
  }
}
