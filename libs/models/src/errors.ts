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

/** A file is no valid safetensors file; the message says where it goes wrong. */
export class SafetensorsError extends Error {
  constructor(
    readonly path: string,
    readonly reason: string,
  ) {
    super(`${path} is not a valid safetensors file: ${reason}`);
    this.name = 'SafetensorsError';
  }
}
