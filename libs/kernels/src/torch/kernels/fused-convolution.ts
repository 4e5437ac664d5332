import { aten } from '../aten';
import { Attributes, Input, Inputs } from '../define-kernel';
import { Handle } from '../native';
import { activate } from './elementwise';

/** Reshapes a bias or prelu weight to broadcast over channels as the second axis. */
function perChannel(weight: Input, dataFormat: string): Handle {
  if (dataFormat !== 'NCHW') return weight.handle;
  const { shape } = weight;
  if (shape.length === 3) return weight.handle;
  return aten('reshape', weight.handle, [shape.at(-1) ?? 1, 1, 1]);
}

/** Convolution, bias and activation as tfjs's fused kernel, which inference uses and training does not. */
export function fused(convolution: (inputs: Inputs, attrs: Attributes) => Handle) {
  return (inputs: Inputs, attrs: Attributes): Handle => {
    const { bias, preluActivationWeights: prelu } = inputs;
    const y = convolution(inputs, attrs);
    const biased = bias ? aten('add.Tensor', y, perChannel(bias, attrs.dataFormat)) : y;
    const weights = prelu && { ...prelu, handle: perChannel(prelu, attrs.dataFormat) };
    return activate(biased, attrs, weights);
  };
}
