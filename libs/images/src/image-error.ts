/** Bytes that are not an image, not a whole one, or too large a one. */
export class ImageError extends Error {
  override readonly name = 'ImageError';

  /** @param kind completes "left out: 3 …", alike for all files with the same fault */
  constructor(
    message: string,
    readonly kind: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
