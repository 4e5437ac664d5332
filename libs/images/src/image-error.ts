/** Thrown for bytes that are not an image, or an image that is incomplete or too large. */
export class ImageError extends Error {
  override readonly name = 'ImageError';

  /** @param kind completes "left out: 3 …"; the same for all files with the same fault */
  constructor(
    message: string,
    readonly kind: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
