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

/** @param device where kernels that make tensors from nothing put them, and that says which kernels of ours can run */
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
