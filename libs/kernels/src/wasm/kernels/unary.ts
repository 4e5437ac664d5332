import { Relu, Sigmoid, Square, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type FusedActivation, layerKernels } from '../../contracts';
import type { KernelDefinition } from '../context';

/** Operation codes of assembly/; the activations' are also those of the fused batch norm. */
export const activationCodes: Record<FusedActivation, number> = { none: 0, silu: 1, gelu: 2 };

/** Approximate arithmetic operations per element. */
export const activationCosts: Record<FusedActivation, number> = { none: 2, silu: 12, gelu: 12 };

const operations = [
  { name: layerKernels.silu, code: activationCodes.silu, cost: 12 },
  { name: layerKernels.gelu, code: activationCodes.gelu, cost: 12 },
  { name: Sigmoid, code: 3, cost: 12 },
  { name: Relu, code: 4, cost: 1 },
  { name: Square, code: 5, cost: 1 },
];

export const unaryKernels: KernelDefinition[] = operations.map(({ name, code, cost }) => ({
  name,
  make: (context, replaced) => (args) => {
    const { x } = args.inputs as { x: TensorInfo };
    if (x.dtype !== 'float32' && replaced) return replaced.kernelFunc(args);
    const out = context.output(x.shape);
    const size = util.sizeFromShape(x.shape);
    context.pool.run('unary', size, cost, code, context.pointer(x), context.pointer(out));
    return out;
  },
}));

export const activationGradients: KernelDefinition[] = [
  { name: layerKernels.siluGrad, code: activationCodes.silu },
  { name: layerKernels.geluGrad, code: activationCodes.gelu },
].map(({ name, code }) => ({
  name,
  make: (context) => (args) => {
    const { dy, x } = args.inputs as { dy: TensorInfo; x: TensorInfo };
    const dx = context.output(x.shape);
    const pointers = [context.pointer(dy), context.pointer(x), context.pointer(dx)];
    context.pool.run('activationGradient', util.sizeFromShape(x.shape), 20, code, ...pointers);
    return dx;
  },
}));
