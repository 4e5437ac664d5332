import {
  type TensorInfo,
  UnsortedSegmentSum,
  type UnsortedSegmentSumAttrs,
  util,
} from '@tensorflow/tfjs-core';
import type { KernelDefinition } from '../context';

/** The gradient of a gather along the first axis. */
export const unsortedSegmentSum: KernelDefinition = {
  name: UnsortedSegmentSum,
  make: (context) => (args) => {
    const { x, segmentIds } = args.inputs as { x: TensorInfo; segmentIds: TensorInfo };
    const { numSegments } = args.attrs as unknown as UnsortedSegmentSumAttrs;
    const rest = x.shape.slice(segmentIds.shape.length);
    const inner = util.sizeFromShape(rest);
    const count = util.sizeFromShape(segmentIds.shape);
    const out = context.zeroed([numSegments, ...rest]);
    const pointers = [x, segmentIds, out].map((tensor) => context.pointer(tensor));
    context.pool.run('segmentSum', inner, count * 4, ...pointers, count, numSegments, inner);
    return out;
  },
};
