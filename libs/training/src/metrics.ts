export interface Metrics {
  /** share of pictures whose true class has the highest logit */
  top1: number;
  /** share of pictures whose true class is among the five highest logits */
  top5: number;
  /** mean cross-entropy in nats, without label smoothing */
  loss: number;
  /** [true class][predicted class], counts */
  confusion: number[][];
}

/** Gathers metrics batch by batch. */
export class MetricsAccumulator {
  private pictures = 0;
  private loss = 0;
  private within5 = 0;
  private readonly confusion: number[][];

  constructor(private readonly classes: number) {
    this.confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  }

  /** @param logits [batch, classes], row-major */
  add(logits: Float32Array, labels: readonly number[]): void {
    labels.forEach((label, row) => {
      const scores = logits.subarray(row * this.classes, (row + 1) * this.classes);
      const order = rankOf(scores, label);
      const highest = scores.reduce((best, score) => Math.max(best, score), -Infinity);
      const sum = scores.reduce((total, score) => total + Math.exp(score - highest), 0);
      this.loss += Math.log(sum) + highest - scores[label]!;
      this.within5 += Number(order < 5);
      this.confusion[label]![scores.indexOf(highest)]!++;
      this.pictures++;
    });
  }

  result(): Metrics {
    const correct = this.confusion.reduce((sum, row, label) => sum + row[label]!, 0);
    return {
      top1: correct / this.pictures,
      top5: this.within5 / this.pictures,
      loss: this.loss / this.pictures,
      confusion: this.confusion,
    };
  }
}

/** How many classes come before this one; of equal logits the first class comes first. */
function rankOf(scores: Float32Array, label: number): number {
  let before = 0;
  scores.forEach((score, index) => {
    const own = scores[label]!;
    if (score > own || (score === own && index < label)) before++;
  });
  return before;
}
