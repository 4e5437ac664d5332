/** No architecture has the requested name. */
export class UnknownArchitectureError extends Error {
  constructor(
    readonly architecture: string,
    readonly known: readonly string[],
  ) {
    super(`There is no architecture "${architecture}". Known architectures: ${known.join(', ')}.`);
    this.name = 'UnknownArchitectureError';
  }
}

/** The network does not accept images of this size. */
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

/** Maximum number of problems that an error lists. */
export const maxListedProblems = 20;

/** The weights don't fit the network. Lists the first missing, extra and misshaped tensors, and their total number. */
export class WeightsMismatchError extends Error {
  /**
   * @param problems the first `maxListedProblems`
   * @param total total number of problems
   * @param hints possible reasons and remedies, in full sentences
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

/** The weights match no architecture. */
export class UnknownWeightsError extends Error {
  /** @param nearest the most similar architectures, in full sentences */
  constructor(nearest: readonly string[]) {
    const asked = 'Name the architecture to see everything that does not fit.';
    super(
      ['The names and shapes of the weights match no known architecture.', ...nearest, asked].join(
        ' ',
      ),
    );
    this.name = 'UnknownWeightsError';
  }
}

/** Maximum length of an error's reason, which may quote the file. */
const longestReason = 1000;

/** A file is not a valid weights file; the message says where. */
export class WeightsFormatError extends Error {
  /** What is wrong and where, without the file's path, as callers may have another name for it. */
  readonly reason: string;

  /**
   * @param format the format it was read as: `safetensors`, `PyTorch`, `Keras`, `TensorFlow`
   * @param reason like the field; cut if it is very long
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
