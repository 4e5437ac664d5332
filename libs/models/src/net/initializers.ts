import type { ConvOptions, WeightInitializer } from './net';
import type { Initializer, Layout } from './tensor-spec';

export const zeros: Initializer = { kind: 'constant', value: 0 };
export const ones: Initializer = { kind: 'constant', value: 1 };

export type BiasStart = Pick<ConvOptions, 'initializer' | 'biasDeviation'>;

/** @param shape of the weight: [out, in per group, …kernel] */
export function biasStart(
  { initializer, biasDeviation }: BiasStart,
  shape: readonly number[],
): Initializer {
  if (biasDeviation) return { kind: 'normal', deviation: biasDeviation };
  if (initializer !== 'fan-in-uniform') return zeros;
  return { kind: 'uniform', bound: 1 / Math.sqrt(fanIn(shape)) };
}

/** @param shape [out, in per group, …kernel] */
function fanIn([, ...rest]: readonly number[]): number {
  return rest.reduce((product, side) => product * side, 1);
}

/** @param shape [out, in per group, …kernel] */
export function weightStart(
  start: WeightInitializer,
  shape: readonly number[],
  layout: Layout,
): Initializer {
  const area = shape.slice(2).reduce((product, side) => product * side, 1);
  // A depthwise kernel has one group per output, so the fan out is one kernel.
  const fanOut = (layout === 'depthwise' ? 1 : shape[0]) * area;
  switch (start) {
    case 'fan-out-normal':
      return { kind: 'normal', deviation: Math.sqrt(2 / fanOut) };
    case 'xavier-uniform':
      return { kind: 'uniform', bound: Math.sqrt(6 / (fanIn(shape) + fanOut)) };
    case 'fan-in-uniform':
      return { kind: 'uniform', bound: 1 / Math.sqrt(fanIn(shape)) };
    case 'small-normal':
      return { kind: 'normal', deviation: 0.02 };
  }
}
