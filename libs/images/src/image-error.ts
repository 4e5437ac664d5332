/** Bytes that are not a picture, not a whole one, or too large a one. */
export class PictureError extends Error {
  override readonly name = 'PictureError';

  /** @param kind completes "left out: 3 …", alike for all files with the same fault */
  constructor(
    message: string,
    readonly kind: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
