/** Largest width × height of an image, in pixels, where the caller gives none. */
export const defaultMaxPixels = 100_000_000;
