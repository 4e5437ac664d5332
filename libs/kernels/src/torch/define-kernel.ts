import { KernelFunc, NamedAttrMap, registerKernel, TensorInfo } from '@tensorflow/tfjs-core';
import { aten, freeingTemporaries } from './aten';
import { Handle } from './native';
import { TorchBackend } from './torch-backend';

export const backendName = 'torch';

/** An input of a kernel: a tfjs tensor with its libtorch handle, which the backend owns. */
export interface Input extends TensorInfo {
  handle: Handle;
}

// Every kernel has different attributes and knows its own, as in tfjs's own kernels.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Attributes = any;
export type Inputs = Record<string, Input>;

/** Computes a kernel's outputs. The caller frees intermediate handles. */
type Compute = (inputs: Inputs, attrs: Attributes) => Handle | Handle[];

function withHandles(inputs: object, backend: TorchBackend): Inputs {
  const result: Inputs = {};
  for (const [name, info] of Object.entries(inputs) as [string, TensorInfo | undefined][]) {
    if (info)
      result[name] = {
        dataId: info.dataId,
        shape: info.shape,
        dtype: info.dtype,
        handle: backend.handleOf(info),
      };
  }
  return result;
}

/**
 * Registers a kernel that is computed by operators of libtorch. If the result is an input's handle, it gets a new one.
 * @param prepare called before the inputs' handles are looked up
 */
export function defineKernel(
  name: string,
  compute: Compute,
  prepare?: (inputs: Record<string, TensorInfo>, backend: TorchBackend) => void,
): void {
  registerShared(name, (inputs, attrs, backend) => {
    prepare?.(inputs, backend);
    const outputs = freeingTemporaries(() => {
      const tensors = withHandles(inputs, backend);
      const inputHandles = new Set(Object.values(tensors).map(({ handle }) => handle));
      const own = (handle: Handle) => (inputHandles.has(handle) ? aten('alias', handle) : handle);
      const computed = compute(tensors, attrs);
      return Array.isArray(computed) ? computed.map(own) : own(computed);
    });
    return Array.isArray(outputs)
      ? outputs.map((handle) => backend.adopt(handle))
      : backend.adopt(outputs);
  });
}

/** Registers a kernel that handles tfjs's tensors itself, such as one whose output shares its input's data. */
export function registerShared(
  name: string,
  run: (
    inputs: Record<string, TensorInfo>,
    attrs: Attributes,
    backend: TorchBackend,
  ) => TensorInfo | TensorInfo[],
): void {
  const kernelFunc: KernelFunc = ({ inputs, attrs, backend }) =>
    run(inputs as Record<string, TensorInfo>, attrs as NamedAttrMap, backend as TorchBackend);
  registerKernel({ kernelName: name, backendName, kernelFunc });
}
