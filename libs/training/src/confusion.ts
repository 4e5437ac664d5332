/** Counts how often images of one class were predicted as another class, or as their own. */
export interface ConfusionEntry {
  /** Index of the true class. */
  actual: number;
  /** Index of the class with the highest logit. */
  predicted: number;
  count: number;
}

/** Prediction counts for one class. */
export interface ClassCounts {
  class: number;
  images: number;
  correct: number;
  /** Number of images of any class that were predicted as this one. */
  predicted: number;
  /** Share of the class's images that were predicted correctly; null if it has no images. */
  recall: number | null;
  /** Share of the images predicted as this class that belong to it; null if there are none. */
  precision: number | null;
}

/** Counts the predicted class per true class. Memory grows with the images seen, not with the square of the classes. */
export class Confusion {
  private readonly counts = new Map<number, number>();

  constructor(readonly classes: number) {}

  /** Number of different pairs of classes seen. */
  get size(): number {
    return this.counts.size;
  }

  add(actual: number, predicted: number): void {
    const pair = actual * this.classes + predicted;
    this.counts.set(pair, (this.counts.get(pair) ?? 0) + 1);
  }

  /** Returns the counts of every class seen, as the true class or as the prediction, in order. */
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

  /** Yields every pair seen, in no particular order. */
  *entries(): Generator<ConfusionEntry> {
    for (const [pair, count] of this.counts) {
      const predicted = pair % this.classes;
      yield { actual: (pair - predicted) / this.classes, predicted, count };
    }
  }
}
