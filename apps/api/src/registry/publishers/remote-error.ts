/** What went wrong with something far away; the code is its source's name and one of these. */
export type RemoteProblem =
  | 'NOT_FOUND'
  | 'REPOSITORY_NOT_FOUND'
  | 'REVISION_NOT_FOUND'
  | 'GATED'
  | 'NO_WEIGHTS'
  | 'CHANGED'
  | 'CORRUPT'
  | 'TOO_LARGE'
  | 'INVALID_ANSWER'
  | 'INVALID_CONFIG'
  | 'UNREACHABLE';

/** `HUB`: the Hugging Face Hub. `CHECKPOINT`: the host of one of the catalogue's files. */
export type RemoteSource = 'HUB' | 'CHECKPOINT';

/** A failure that trying again at once would not mend, in words for the person who asked. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  readonly code: `${RemoteSource}_${RemoteProblem}`;

  constructor(source: RemoteSource, problem: RemoteProblem, message: string) {
    super(message);
    this.code = `${source}_${problem}`;
  }
}

/** A failure that may pass: a lost connection, a busy server. */
export class TransientError extends Error {
  override readonly name = 'TransientError';

  /** @param retryAfterMs how long the server asks to be left alone */
  constructor(
    message: string,
    readonly retryAfterMs = 0,
  ) {
    super(message);
  }
}
