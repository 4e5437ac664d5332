import { broadcastTo, div, registerGradient, reshape, Tensor, util } from '@tensorflow/tfjs-core';

/**
 * Replaces TensorFlow.js's gradient of the mean, which multiplies by a tensor of ones that it fills in JavaScript. This one
 * broadcasts, which is free in libtorch, and returns the same on any engine.
 */
export function registerTorchGradients(): void {
  registerGradient({
    kernelName: 'Mean',
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attrs) => {
      const axes = util.parseAxisParam(attrs['axis'] as number[], x!.shape);
      const kept = x!.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
      const count = util.sizeFromShape(x!.shape) / util.sizeFromShape(kept);
      return { x: () => broadcastTo(reshape(div(dy as Tensor, count), kept), x!.shape) };
    },
  });
}
