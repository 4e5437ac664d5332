import * as tf from '@tensorflow/tfjs-core';

/**
 * Maximum of 3×3 windows with stride 2 and one pixel of padding.
 * @param x [batch, height, width, channels], height and width even
 * @returns [batch, height/2, width/2, channels]
 */
export function maxPool(x: tf.Tensor4D): tf.Tensor4D {
  if (tf.getKernel('MaxPoolGrad', tf.getBackend())) return tf.maxPool(x, 3, 2, 1);
  // Engines that lack this gradient have those of slices and maxima.
  const [batch, height, width, channels] = x.shape;
  const rows = windowMaxima(tf.reshape(x, [batch, height / 2, 2, width * channels]));
  const columns = windowMaxima(tf.reshape(rows, [(batch * height) / 2, width / 2, 2, channels]));
  return tf.reshape(columns, [batch, height / 2, width / 2, channels]);
}

/**
 * Returns window maxima: window i is pair i and the second element of the previous pair.
 * @param pairs [outer, length, 2, inner]
 * @returns [outer, length, inner]
 */
function windowMaxima(pairs: tf.Tensor4D): tf.Tensor3D {
  const [outer, length, , inner] = pairs.shape;
  const half = (index: number) =>
    tf.reshape(tf.slice(pairs, [0, 0, index, 0], [outer, length, 1, inner]), [
      outer,
      length,
      inner,
    ]) as tf.Tensor3D;
  const second = half(1);
  const before = tf.pad(
    tf.slice(second, [0, 0, 0], [outer, length - 1, inner]),
    [
      [0, 0],
      [1, 0],
      [0, 0],
    ],
    -Infinity,
  );
  return tf.maximum(tf.maximum(half(0), second), before);
}
