/** What engines and those who compute with them agree on; no engine is loaded by it. */
export { bfloat16Flag, bfloat16SupportedFlag } from './bfloat16';
export {
  type FusedActivation,
  type LayerAttributes,
  type LayerInputs,
  type LayerKernel,
  layerKernels,
} from './layer-kernels';
export {
  type OptimizerAttributes,
  type OptimizerKernel,
  optimizerKernels,
  type StepAttributes,
  type StepKernel,
} from './optimizer-kernels';
