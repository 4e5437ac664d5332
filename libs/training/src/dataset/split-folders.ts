/** Splits that the uploader may set apart: for training, for validation, and for testing at the end. */
export const datasetSplits = ['train', 'valid', 'test'] as const;

export type DatasetSplit = (typeof datasetSplits)[number];

const splitName =
  /^(?:(train|training)|(valid|validation|val|dev)|(test|testing|eval|evaluation))(?:[-_ ]?(?:set|data|images|imgs|split))?\d*$/i;

/** Returns the split that a folder is named after: `train`, `Validation`, `test_set`, `test1`. */
export function splitOf(folder: string): DatasetSplit | undefined {
  const [, train, valid, test] = splitName.exec(folder) ?? [];
  if (train) return 'train';
  if (valid) return 'valid';
  return test ? 'test' : undefined;
}
