import { registerConvolution } from './convolution';
import { registerDepthwiseConvolution } from './depthwise-convolution';
import { registerElementwise } from './elementwise';
import { registerFused } from './fused';
import { registerHost } from './host';
import { registerImage } from './image';
import { registerIndexing } from './indexing';
import { registerMatMul } from './matmul';
import { registerNormalization } from './normalization';
import { registerOptimizers } from './optimizers';
import { registerPooling } from './pooling';
import { registerReductions } from './reductions';
import { registerShape } from './shape';

/** @param device device of newly created tensors, which also decides which of our own kernels can run */
export function registerTorchKernels(device: string): void {
  registerElementwise();
  registerReductions();
  registerShape(device);
  registerMatMul();
  registerConvolution(device);
  registerDepthwiseConvolution(device);
  registerPooling();
  registerNormalization();
  registerIndexing();
  registerImage();
  registerFused();
  registerOptimizers();
  registerHost();
}
