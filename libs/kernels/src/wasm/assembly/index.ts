// Compiled by AssemblyScript. Everything works on pointers into the memory that tfjs-backend-wasm's module owns; no
// static data and no allocation, so nothing here touches memory that it was not handed. Exported functions end in
// (start, end, thread): the range of work items to do and which thread does it, for threads share one job.
export { packPanels } from './gemm';
export { convolve, convolveFilterGradient, multiplyBatch } from './convolution';
export { depthwise, depthwiseFilterGradient } from './depthwise';
export { activationGradient, binaryInner, binaryMiddle, binarySame, unary } from './elementwise';
export {
  batchNormInputGradient,
  batchNormSums,
  channelFactors,
  channelMoments,
  combineMoments,
  combineSums,
  normaliseChannels,
} from './batch-norm';
export {
  layerNorm,
  layerNormInputGradient,
  layerNormSums,
  segmentSum,
  softmax,
  sumInner,
  sumMiddle,
} from './rows';
export { adamW, movingAverage, rmsProp, sgd, sumOfSquares } from './optimizers';
export { permute } from './transpose';
export { placeConstants } from './vector-math';
