/** Contracts between engines and their users; loads no engine. */
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
