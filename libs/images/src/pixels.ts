export interface Size {
  /** in pixels */
  width: number;
  /** in pixels */
  height: number;
}

/** A part of an image. */
export interface Area extends Size {
  left: number;
  top: number;
}

export interface Pixels extends Size {
  /** [height, width, 3], sRGB */
  data: Uint8Array;
}
