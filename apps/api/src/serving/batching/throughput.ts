/** Share of the newest batch in the moving average. */
const momentum = 0.1;
/** Until a batch has been seen. */
const unknownMs = 1000;

/** How fast a model has been lately. */
export class Throughput {
  /** @param picturesPerSecond what is known from before */
  constructor(private average?: number) {}

  get picturesPerSecond(): number | undefined {
    return this.average;
  }

  observe(pictures: number, computeMs: number): void {
    const rate = (pictures * 1000) / Math.max(computeMs, 0.01);
    this.average =
      this.average === undefined ? rate : this.average + momentum * (rate - this.average);
  }

  /** How long so many pictures take. */
  msFor(pictures: number): number {
    return this.average === undefined ? unknownMs : (pictures * 1000) / this.average;
  }
}
