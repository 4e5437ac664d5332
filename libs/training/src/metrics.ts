import { Confusion } from './confusion';

export interface Metrics {
  /** share of images whose true class has the highest logit */
  top1: number;
  /** share of images whose true class is among the five highest logits */
  top5: number;
  /** mean cross-entropy in nats, without label smoothing */
  loss: number;
}

/** Metrics together with the confusion of classes. */
export interface Evaluation extends Metrics {
  confusion: Confusion;
}

/** Accumulates metrics batch by batch. */
export class MetricsAccumulator {
  private images = 0;
  private loss = 0;
  private correct = 0;
  private within5 = 0;
  private readonly confusion: Confusion;

  constructor(private readonly classes: number) {
    this.confusion = new Confusion(classes);
  }

  /** @param logits [batch, classes], row-major */
  add(logits: Float32Array, labels: readonly number[]): void {
    labels.forEach((label, row) => {
      const scores = logits.subarray(row * this.classes, (row + 1) * this.classes);
      const order = rankOf(scores, label);
      const highest = scores.reduce((best, score) => Math.max(best, score), -Infinity);
      const sum = scores.reduce((total, score) => total + Math.exp(score - highest), 0);
      const predicted = scores.indexOf(highest);
      this.loss += Math.log(sum) + highest - scores[label]!;
      this.correct += Number(predicted === label);
      this.within5 += Number(order < 5);
      // If the logits are not numbers, none is the highest. The loss then shows the problem.
      if (predicted >= 0) this.confusion.add(label, predicted);
      this.images++;
    });
  }

  result(): Evaluation {
    return {
      top1: this.correct / this.images,
      top5: this.within5 / this.images,
      loss: this.loss / this.images,
      confusion: this.confusion,
    };
  }
}

/** Returns the number of classes ranked before this one. Among equal logits the first class ranks first. */
function rankOf(scores: Float32Array, label: number): number {
  let before = 0;
  scores.forEach((score, index) => {
    const own = scores[label]!;
    if (score > own || (score === own && index < label)) before++;
  });
  return before;
}
