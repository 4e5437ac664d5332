import { KernelFunc, NamedAttrMap, registerKernel, TensorInfo } from '@tensorflow/tfjs-core';
import { aten, freeingTemporaries } from './aten';
import { Handle } from './native';
import { TorchBackend } from './torch-backend';

export const backendName = 'torch';

/** An input of a kernel: a tensor of tfjs with its libtorch handle, which stays the backend's. */
export interface Input extends TensorInfo {
  handle: Handle;
}

// Attributes are as various as kernels; each kernel knows its own, as tfjs's own kernels do.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Attributes = any;
export type Inputs = Record<string, Input>;

/** Computes a kernel's outputs. Handles made on the way are freed by whoever calls it. */
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
 * Registers a kernel that operators of libtorch compute. A result may be an input's own handle: it gets another.
 * @param prepare runs before the inputs' handles are looked up
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

/** Registers a kernel that deals with tfjs's tensors itself, such as one whose output shares its input's data. */
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
