/** Default for the largest width × height of an image, in pixels. */
export const defaultMaxPixels = 100_000_000;
