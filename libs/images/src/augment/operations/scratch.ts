let scratch = new Uint8Array(0);

/**
 * Returns a copy of an image's pixels for operations that read neighbours of the pixels they write. Valid until the next call.
 */
export function copied(data: Uint8Array): Uint8Array {
  if (scratch.length < data.length) scratch = new Uint8Array(data.length);
  scratch.set(data);
  return scratch;
}
