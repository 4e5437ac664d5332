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
