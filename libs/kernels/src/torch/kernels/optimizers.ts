import { type OptimizerAttributes, type OptimizerKernel, optimizerKernels } from '../../contracts';
import { aten, atenMany } from '../aten';
import { defineKernel } from '../define-kernel';
import type { Handle } from '../native';

/** Splits an array into this many lists of equal length. */
function inLists<T>(all: T[], count: number): T[][] {
  const length = all.length / count;
  return Array.from({ length: count }, (_, i) => all.slice(i * length, (i + 1) * length));
}

/** Registers a kernel that updates all of its lists in place, except the second. */
function defineInPlace<Kernel extends OptimizerKernel>(
  name: Kernel,
  lists: number,
  compute: (handles: Handle[][], attrs: OptimizerAttributes<Kernel>) => Handle | Handle[],
): void {
  defineKernel(
    name,
    (inputs, attrs) => {
      const handles = Object.values(inputs).map(({ handle }) => handle);
      return compute(inLists(handles, lists), attrs);
    },
    (inputs, backend) =>
      inLists(Object.values(inputs), lists).forEach((list, index) => {
        if (index !== 1) for (const tensor of list) backend.willWrite(tensor);
      }),
  );
}

/** Registers the optimizers' steps as specified in ../../contracts/optimizer-kernels.ts. */
export function registerOptimizers(): void {
  defineInPlace(optimizerKernels.adamWStep, 4, (lists, attrs) =>
    aten(
      'coatrack::adamw',
      ...lists,
      attrs.learningRate,
      attrs.clipNorm,
      attrs.weightDecay,
      attrs.beta1,
      attrs.beta2,
      attrs.epsilon,
      attrs.step,
    ),
  );
  defineInPlace(optimizerKernels.sgdStep, 3, (lists, attrs) =>
    aten(
      'coatrack::sgd',
      ...lists,
      attrs.learningRate,
      attrs.clipNorm,
      attrs.weightDecay,
      attrs.momentum,
      attrs.nesterov,
    ),
  );
  defineInPlace(optimizerKernels.rmsPropStep, 4, (lists, attrs) =>
    aten(
      'coatrack::rmsprop',
      ...lists,
      attrs.learningRate,
      attrs.clipNorm,
      attrs.weightDecay,
      attrs.rho,
      attrs.momentum,
      attrs.epsilon,
    ),
  );
  defineInPlace(optimizerKernels.movingAverages, 2, (lists, { decay }) =>
    // An operator without a result returns an empty list.
    atenMany('coatrack::moving_averages', ...lists, decay),
  );
}
