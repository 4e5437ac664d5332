import type { Activation } from '../../net/net';
import type { GraphBuilder } from './graph-builder';

/** @returns the name of activation(x) */
export function addActivation(graph: GraphBuilder, x: string, kind: Activation): string {
  switch (kind) {
    case 'none':
      return x;
    case 'silu':
      return graph.add('Mul', [x, graph.add('Sigmoid', [x])]);
    case 'gelu': {
      // x·Φ(x), Φ(x) = (1 + erf(x/√2)) / 2
      const error = graph.add('Erf', [graph.add('Mul', [x, graph.scalar(Math.SQRT1_2)])]);
      const shifted = graph.add('AddV2', [error, graph.scalar(1)]);
      return graph.add('Mul', [graph.add('Mul', [x, graph.scalar(0.5)]), shifted]);
    }
    case 'relu':
      return graph.add('Relu', [x]);
    case 'sigmoid':
      return graph.add('Sigmoid', [x]);
    case 'tanh':
      return graph.add('Tanh', [x]);
  }
}
