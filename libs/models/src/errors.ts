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

/** The network cannot look at images of this size. */
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

/** How many problems an error lists: a file may have as many as it likes. */
export const maxListedProblems = 20;

/** Weights don't fit the network; lists the first missing, extra and misshaped tensors, and says how many there are. */
export class WeightsMismatchError extends Error {
  /**
   * @param problems the first `maxListedProblems`
   * @param total how many there are
   * @param hints what may be the reason, and what to do about it: whole sentences
   */
  constructor(
    readonly problems: readonly WeightsProblem[],
    readonly total: number = problems.length,
    readonly hints: readonly string[] = [],
  ) {
    const unlisted = total - problems.length;
    super(
      [
        `The weights don't fit the network: ${total} problem${total === 1 ? '' : 's'}.`,
        ...hints,
        ...problems.map(({ message }) => `- ${message}`),
        ...(unlisted > 0 ? [`- and ${unlisted} more`] : []),
      ].join('\n'),
    );
    this.name = 'WeightsMismatchError';
  }
}

/** Weights are of no architecture that there is. */
export class UnknownWeightsError extends Error {
  /** @param nearest what they are most like: whole sentences */
  constructor(nearest: readonly string[]) {
    const asked = 'Name the architecture to see all that does not fit.';
    super(
      ['The weights have the names and shapes of no architecture here.', ...nearest, asked].join(
        ' ',
      ),
    );
    this.name = 'UnknownWeightsError';
  }
}

/** Characters of an error's reason: part of it may be the file's own text. */
const longestReason = 1000;

/** A file is no valid weights file; the message says where it goes wrong. */
export class WeightsFormatError extends Error {
  /** Where it goes wrong, without naming the file: callers may know it by another name. */
  readonly reason: string;

  /**
   * @param format what it was read as: `safetensors`, `PyTorch`, `Keras`, `TensorFlow`
   * @param reason as the field; cut where it is very long
   */
  constructor(
    readonly path: string,
    readonly format: string,
    reason: string,
  ) {
    const cut = reason.length > longestReason ? `${reason.slice(0, longestReason)}…` : reason;
    super(`${path} is not a valid ${format} file: ${cut}`);
    this.name = 'WeightsFormatError';
    this.reason = cut;
  }
}

export class SafetensorsError extends WeightsFormatError {
  constructor(path: string, reason: string) {
    super(path, 'safetensors', reason);
    this.name = 'SafetensorsError';
  }
}
