/** How often images of one class were taken for another, or for their own. */
export interface ConfusionEntry {
  /** Index of the true class. */
  actual: number;
  /** Index of the class with the highest logit. */
  predicted: number;
  count: number;
}

/** How the images of one class were answered, and how often it was the answer. */
export interface ClassCounts {
  class: number;
  images: number;
  correct: number;
  /** Images of any class that were taken for this one. */
  predicted: number;
  /** Share of its images that are right; null where it has none. */
  recall: number | null;
  /** Share of the images taken for it that are right; null where there are none. */
  precision: number | null;
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

  /** Returns the counts of every class that was seen, as the true class or as the answer, in order. */
  byClass(): ClassCounts[] {
    const classes = new Map<number, Pick<ClassCounts, 'images' | 'correct' | 'predicted'>>();
    const of = (index: number) => {
      const known = classes.get(index) ?? { images: 0, correct: 0, predicted: 0 };
      classes.set(index, known);
      return known;
    };
    for (const { actual, predicted, count } of this.entries()) {
      of(actual).images += count;
      of(predicted).predicted += count;
      if (actual === predicted) of(actual).correct += count;
    }
    return [...classes]
      .sort(([a], [b]) => a - b)
      .map(([index, counts]) => ({
        class: index,
        ...counts,
        recall: counts.images > 0 ? counts.correct / counts.images : null,
        precision: counts.predicted > 0 ? counts.correct / counts.predicted : null,
      }));
  }

  /** Yields every pair that was seen, in no particular order. */
  *entries(): Generator<ConfusionEntry> {
    for (const [pair, count] of this.counts) {
      const predicted = pair % this.classes;
      yield { actual: (pair - predicted) / this.classes, predicted, count };
    }
  }
}
