const channels = 3;

/** @param images [batch, height, width, 3] → [batch, 3, height, width] */
export function channelsFirst(images: Float32Array, batch: number): Float32Array {
  return swapped(images, batch, images.length / batch / channels, channels);
}

/** @param images [batch, 3, height, width] → [batch, height, width, 3] */
export function channelsLast(images: Float32Array, batch: number): Float32Array {
  return swapped(images, batch, channels, images.length / batch / channels);
}

/** @returns [batch, rows, columns] → [batch, columns, rows] */
function swapped(values: Float32Array, batch: number, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  let from = 0;
  for (let item = 0; item < batch; item++) {
    const start = item * rows * columns;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        result[start + column * rows + row] = values[from++]!;
      }
    }
  }
  return result;
}

/**
 * Concatenates the arrays.
 * @param make allocates an array of the given length
 */
export function joined(
  arrays: readonly Float32Array[],
  make = (length: number): Float32Array => new Float32Array(length),
): Float32Array {
  const all = make(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}
