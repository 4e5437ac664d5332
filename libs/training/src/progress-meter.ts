/** Minimum interval between step events. People watch them, and more than a few per second are noise. */
const secondsBetweenEvents = 0.25;

/** Weight of the newest step in the running mean of seconds per image. */
const smoothing = 0.1;

/** Sums over the finished steps of an epoch. */
export interface EpochSums {
  images: number;
  seconds: number;
  steps: number;
  loss: number;
  correct: number;
}

const nothing: EpochSums = { images: 0, seconds: 0, steps: 0, loss: 0, correct: 0 };

/** Computes a training's reported numbers: speed, time left, and an epoch's means. */
export class ProgressMeter {
  private readonly started = seconds();
  private lastStep = seconds();
  private lastEvent = -Infinity;
  private secondsPerImage: number | undefined;
  private stepsDone: number;
  private total_ = { images: 0, seconds: 0 };
  private epoch = nothing;

  constructor(
    private readonly stepsBefore: number,
    private readonly steps: number,
  ) {
    this.stepsDone = stepsBefore;
  }

  /** @param underWay sums of an interrupted epoch */
  startEpoch(underWay: EpochSums | null): void {
    this.epoch = { ...(underWay ?? nothing) };
    this.lastStep = seconds();
  }

  underWay(): EpochSums {
    return { ...this.epoch };
  }

  add(images: number, loss: number, correct: number): void {
    const now = seconds();
    const taken = now - this.lastStep;
    this.lastStep = now;
    this.stepsDone++;
    this.epoch.images += images;
    this.epoch.seconds += taken;
    this.epoch.steps++;
    this.epoch.loss += loss;
    this.epoch.correct += correct;
    const newest = taken / images;
    this.secondsPerImage ??= newest;
    this.secondsPerImage += smoothing * (newest - this.secondsPerImage);
  }

  endEpoch(): { trainLoss: number; trainTop1: number; imagesPerSecond: number } {
    const { images, seconds: taken, steps, loss, correct } = this.epoch;
    this.total_.images += images;
    this.total_.seconds += taken;
    return {
      trainLoss: loss / steps,
      trainTop1: correct / images,
      imagesPerSecond: images / taken,
    };
  }

  /** Returns whether a step event is due, and if so counts it as sent. */
  isDue(): boolean {
    const due = seconds() - this.lastEvent >= secondsBetweenEvents;
    if (due) this.lastEvent = seconds();
    return due;
  }

  now(): { imagesPerSecond: number; etaSeconds: number; progress: number } {
    const doneHere = this.stepsDone - this.stepsBefore;
    const stepsLeft = this.steps - this.stepsDone;
    return {
      imagesPerSecond: 1 / (this.secondsPerImage ?? Infinity),
      // Elapsed time includes validation and checkpoints, so the time left does too.
      etaSeconds: ((seconds() - this.started) / Math.max(doneHere, 1)) * stepsLeft,
      progress: this.stepsDone / this.steps,
    };
  }

  total(): { seconds: number; imagesPerSecond: number } {
    const { images, seconds: taken } = this.total_;
    return {
      seconds: seconds() - this.started,
      imagesPerSecond: taken > 0 ? images / taken : 0,
    };
  }
}

function seconds(): number {
  return performance.now() / 1000;
}
