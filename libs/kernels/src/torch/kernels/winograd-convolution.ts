import { env } from '@tensorflow/tfjs-core';
import { atenNumber } from '../aten';
import { bfloat16Flag } from '../../contracts';
import { Geometry, outputSides } from './convolution-geometry';

/**
 * Sizes from which coatrack::winograd beats oneDNN's direct convolution, measured on one Zen 4 core with layers of 8 to 512
 * channels: with 8 channels, or with 8 tiles of 4×4 outputs, it is no faster; with 16 of both, all three passes are faster.
 * Images that leave most of their last tiles empty waste the gain.
 */
const least = { channels: 16, tiles: 16, usedShare: 0.5 };
const tileSide = 4;

/** Whether this processor and device have coatrack::winograd. */
let available = false;

export function registerWinograd(device: string): void {
  available = device === 'cpu' && atenNumber('coatrack::has_winograd') === true;
}

/**
 * Returns the arguments of coatrack::winograd and its gradients if they are the fastest way to compute the convolution.
 * @param xShape [batch, height, width, in]
 * @param filterShape [height, width, in, out]
 * @returns padding before the rows, padding before the columns
 */
export function winograd(
  xShape: readonly number[],
  filterShape: readonly number[],
  geometry: Geometry,
  dataFormat: string | undefined,
): [number, number] | undefined {
  const [kernelHeight, kernelWidth, inChannels, outChannels] = filterShape;
  const { stride, dilation, padding, groups } = geometry;
  if (!available || dataFormat === 'NCHW' || env().getBool(bfloat16Flag)) return undefined;
  if (kernelHeight !== 3 || kernelWidth !== 3 || groups !== 1) return undefined;
  if ([...stride, ...dilation].some((step) => step !== 1)) return undefined;
  const [height, width] = outputSides(xShape, filterShape, geometry);
  const tilesEach = Math.ceil(height / tileSide) * Math.ceil(width / tileSide);
  const tiles = xShape[0]! * tilesEach;
  const usedShare = (height * width) / (tilesEach * tileSide ** 2);
  const pays =
    Math.min(inChannels!, outChannels!) >= least.channels &&
    tiles >= least.tiles &&
    usedShare >= least.usedShare;
  return pays ? [padding[0]![0], padding[1]![0]] : undefined;
}
