import { describe, expect, it } from 'vitest';
import type { Layout, TensorSpec } from '../net/tensor-spec';
import { tensorFlowShape, toTensorFlow, toTorch } from './layout';

function spec(layout: Layout, shape: number[]): TensorSpec {
  const initializer = { kind: 'constant', value: 0 } as const;
  return { name: 'w', role: 'parameter', decay: true, head: false, layout, shape, initializer };
}

describe('layouts', () => {
  it.each<[Layout, torch: number[], tensorFlow: number[], axes: number[]]>([
    ['conv', [35, 4, 3, 2], [3, 2, 4, 35], [2, 3, 1, 0]],
    ['depthwise', [35, 1, 3, 2], [3, 2, 35, 1], [2, 3, 0, 1]],
    ['dense', [35, 4], [4, 35], [1, 0]],
    ['same', [35], [35], [0]],
  ])('%s: all values survive a round trip', (layout, torch, tensorFlow, axes) => {
    const weight = spec(layout, torch);
    const size = torch.reduce((product, side) => product * side, 1);
    const values = Float32Array.from({ length: size }, (_, index) => index);
    const moved = toTensorFlow(weight, values);
    expect(tensorFlowShape(weight)).toEqual(tensorFlow);
    for (let place = 0; place < size; place++) {
      let rest = place;
      const there = new Array<number>(torch.length);
      for (let axis = axes.length - 1; axis >= 0; axis--) {
        there[axes[axis]] = rest % tensorFlow[axis];
        rest = Math.floor(rest / tensorFlow[axis]);
      }
      expect(moved[place]).toBe(there.reduce((flat, at, axis) => flat * torch[axis] + at, 0));
    }
    expect(toTorch(weight, moved)).toEqual(values);
  });
});
