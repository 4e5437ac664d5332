import type { Activation } from '../../net/net';
import type { Emitter } from './emitter';

/**
 * Emits activations of opset 17 in the forms that ONNX Runtime recognises and fuses.
 * @returns the name of activation(x)
 */
export function emitActivation(emitter: Emitter, x: string, kind: Activation): string {
  const { constants } = emitter;
  switch (kind) {
    case 'none':
      return x;
    case 'silu':
      return emitter.emit('Mul', [x, emitter.emit('Sigmoid', [x])]);
    case 'gelu': {
      // x·Φ(x), Φ(x) = (1 + erf(x/√2)) / 2
      const scaled = emitter.emit('Div', [x, constants.scalar(Math.SQRT2)]);
      const shifted = emitter.emit('Add', [emitter.emit('Erf', [scaled]), constants.scalar(1)]);
      return emitter.emit('Mul', [emitter.emit('Mul', [x, shifted]), constants.scalar(0.5)]);
    }
    case 'relu':
      return emitter.emit('Relu', [x]);
    case 'sigmoid':
      return emitter.emit('Sigmoid', [x]);
    case 'tanh':
      return emitter.emit('Tanh', [x]);
  }
}
