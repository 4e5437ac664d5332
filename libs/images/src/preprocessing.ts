/** Describes how an encoded image becomes a network's input in evaluation. */
export interface Preprocessing {
  /** Side of the square that the network sees, in pixels. */
  imageSize: number;
  /** Share of the resized image's side that the centre crop keeps, in (0, 1]. */
  cropPercent: number;
  /**
   * How to resize an image before the centre crop: `center`, the default, keeps its proportions; `squash` makes it a square and
   * so loses nothing of the longer side.
   */
  cropMode?: 'center' | 'squash';
  interpolation: 'bicubic' | 'bilinear';
  /** [red, green, blue], of pixel values scaled to [0, 1] */
  mean: readonly [number, number, number];
  /** [red, green, blue], of pixel values scaled to [0, 1] */
  std: readonly [number, number, number];
}
