import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { LayerAttributes, LayerInputs, LayerKernel } from '../contracts';
import type { KernelDefinition, WasmContext } from './context';

/** Returns a layer's kernel as specified in contracts/layer-kernels.ts. */
export function defineLayer<Kernel extends LayerKernel>(
  name: Kernel,
  run: (
    context: WasmContext,
    inputs: Record<LayerInputs<Kernel>, TensorInfo>,
    attributes: LayerAttributes<Kernel>,
  ) => TensorInfo | TensorInfo[],
): KernelDefinition {
  return {
    name,
    make:
      (context) =>
      ({ inputs, attrs }) =>
        run(context, inputs as never, attrs as never),
  };
}
