// Compiled by AssemblyScript. All functions work on pointers into the memory of tfjs-backend-wasm's module, without static
// data or allocation, so they only touch memory that they were given. The last arguments of exported functions are
// (start, end, thread): the range of work items and the number of the thread, as threads share a job.
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
