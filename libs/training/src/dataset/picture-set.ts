/** The labelled pictures of a dataset, wherever they are kept. */
export interface PictureSet {
  classes: readonly string[];
  /** index into `classes`, one a picture */
  labels: readonly number[];
  /** the encoded picture (JPEG, PNG, …) */
  read(index: number): Promise<Buffer>;
}
