/** No architecture has the name that was asked for. */
export class UnknownArchitectureError extends Error {
  constructor(
    readonly architecture: string,
    readonly known: readonly string[],
  ) {
    super(`There is no architecture "${architecture}". There are: ${known.join(', ')}.`);
    this.name = 'UnknownArchitectureError';
  }
}

/** The network cannot look at pictures of this size. */
export class ImageSizeError extends Error {
  constructor(
    readonly imageSize: number,
    message: string,
  ) {
    super(message);
    this.name = 'ImageSizeError';
  }
}

/** One way in which weights don't fit a network. */
export interface WeightsProblem {
  tensor: string;
  problem: 'missing' | 'extra' | 'misshaped';
  message: string;
}

/** Weights don't fit the network; lists every missing, extra and misshaped tensor. */
export class WeightsMismatchError extends Error {
  constructor(readonly problems: readonly WeightsProblem[]) {
    super(
      `The weights don't fit the network: ${problems.length} problem${problems.length === 1 ? '' : 's'}.\n` +
        problems.map(({ message }) => `- ${message}`).join('\n'),
    );
    this.name = 'WeightsMismatchError';
  }
}

/** A file is no valid weights file; the message says where it goes wrong. */
export class WeightsFormatError extends Error {
  /**
   * @param format what it was read as: `safetensors`, `PyTorch`, `Keras`, `TensorFlow`
   * @param reason where it goes wrong, without naming the file: callers may know it by another name
   */
  constructor(
    readonly path: string,
    readonly format: string,
    readonly reason: string,
  ) {
    super(`${path} is not a valid ${format} file: ${reason}`);
    this.name = 'WeightsFormatError';
  }
}

export class SafetensorsError extends WeightsFormatError {
  constructor(path: string, reason: string) {
    super(path, 'safetensors', reason);
    this.name = 'SafetensorsError';
  }
}
