import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type OptimizerAttributes, optimizerKernels, type StepKernel } from '../../contracts';
import type { KernelDefinition, WasmContext } from '../context';

/** Floats per work item of sumOfSquares. */
const blockFloats = 4096;

/** Data of one parameter. */
interface Row {
  count: number;
  /** Pointers to the parameter, its gradient and its states, in the order of the kernel's lists. */
  pointers: number[];
}

function rowsOf(context: WasmContext, inputs: object, lists: number): Row[] {
  const tensors = Object.values(inputs) as TensorInfo[];
  const length = tensors.length / lists;
  return tensors.slice(0, length).map(({ shape }, row) => ({
    count: util.sizeFromShape(shape),
    pointers: Array.from({ length: lists }, (_, list) =>
      context.pointer(tensors[list * length + row]!),
    ),
  }));
}

/** Adds the sums of blocks in a fixed order, whichever thread computed them, so that the norm is reproducible. */
function gradientNorm(context: WasmContext, rows: readonly Row[]): number {
  let total = 0;
  for (const { count, pointers } of rows) {
    const blocks = Math.ceil(count / blockFloats);
    context.withScratch([blocks * 8], (sums) => {
      context.pool.run('sumOfSquares', blocks, 2 * blockFloats, pointers[1]!, count, sums!);
      for (const sum of context.doubles(sums!, blocks)) total += sum;
    });
  }
  return Math.sqrt(total);
}

/**
 * @param work its function of assembly/, and that function's arguments between gradientScale and the last, which differs
 *   per parameter
 */
function step<Kernel extends StepKernel>(
  name: Kernel,
  lists: number,
  work: {
    name: string;
    cost: number;
    args: (attrs: OptimizerAttributes<Kernel>, learningRate: number) => number[];
    /** Left out: the parameter's weight decay. */
    decay?: (learningRate: number, weightDecay: number) => number;
  },
): KernelDefinition {
  return {
    name,
    make:
      (context) =>
      ({ inputs, attrs: attributes }) => {
        const attrs = attributes as unknown as OptimizerAttributes<Kernel>;
        const rows = rowsOf(context, inputs, lists);
        const norm = gradientNorm(context, rows);
        const { clipNorm } = attrs;
        const gradientScale = clipNorm > 0 && norm > clipNorm ? clipNorm / norm : 1;
        rows.forEach(({ count, pointers }, row) => {
          const [learningRate, weightDecay] = [attrs.learningRate[row]!, attrs.weightDecay[row]!];
          const decay = work.decay?.(learningRate, weightDecay) ?? weightDecay;
          const args = [...pointers, gradientScale, ...work.args(attrs, learningRate), decay];
          context.pool.run(work.name, count, work.cost, ...args);
        });
        return context.scalar(norm);
      },
  };
}

const movingAverages: KernelDefinition = {
  name: optimizerKernels.movingAverages,
  make:
    (context) =>
    ({ inputs, attrs }) => {
      const { decay } = attrs as unknown as OptimizerAttributes<'MovingAverages'>;
      for (const { count, pointers } of rowsOf(context, inputs, 2)) {
        context.pool.run('movingAverage', count, 3, ...pointers, 1 - decay);
      }
      return [];
    },
};

/** The optimizers' steps as specified in ../../contracts/optimizer-kernels.ts. */
export const optimizerSteps: readonly KernelDefinition[] = [
  step(optimizerKernels.adamWStep, 4, {
    name: 'adamW',
    cost: 8,
    args: ({ beta1, beta2, epsilon, step }, learningRate) => [
      beta1,
      beta2,
      learningRate / (1 - beta1 ** step),
      1 / (1 - beta2 ** step),
      epsilon,
    ],
    decay: (learningRate, weightDecay) => learningRate * weightDecay,
  }),
  step(optimizerKernels.sgdStep, 3, {
    name: 'sgd',
    cost: 5,
    args: ({ momentum, nesterov }, learningRate) => [learningRate, momentum, nesterov ? 1 : 0],
  }),
  step(optimizerKernels.rmsPropStep, 4, {
    name: 'rmsProp',
    cost: 8,
    args: ({ rho, momentum, epsilon }, learningRate) => [learningRate, rho, momentum, epsilon],
  }),
  movingAverages,
];
