export type DatasetErrorCode =
  | 'NOT_AN_ARCHIVE'
  | 'UNSUPPORTED_ARCHIVE'
  | 'UNSAFE_ENTRY_NAME'
  | 'ENCRYPTED_ENTRY'
  | 'UNSUPPORTED_COMPRESSION'
  | 'DUPLICATE_ENTRY'
  | 'TOO_MANY_ENTRIES'
  | 'ARCHIVE_TOO_LARGE'
  | 'ENTRY_TOO_LARGE'
  | 'COMPRESSION_RATIO_TOO_HIGH'
  | 'NO_CLASS_FOLDERS'
  | 'SPLITS_WITHOUT_CLASSES'
  | 'DETECTION_DATASET'
  | 'SAME_TREE_TWICE'
  | 'INVALID_CLASS_NAME'
  | 'NO_IMAGES'
  | 'TOO_FEW_CLASSES'
  | 'EMPTY_CLASS'
  | 'CLASSES_TOO_SMALL';

export interface DatasetProblem {
  /** path in the archive, or name of a class */
  where: string;
  message: string;
}

const maxProblems = 100;

/** Thrown for an archive that cannot become a dataset. */
export class DatasetError extends Error {
  override readonly name = 'DatasetError';
  /** The first hundred problems. If the message gives a count, it covers all of them. */
  readonly problems: readonly DatasetProblem[];

  constructor(
    readonly code: DatasetErrorCode,
    message: string,
    problems: readonly DatasetProblem[] = [],
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.problems = problems.slice(0, maxProblems);
  }
}
