import {
  type AdamWAttributes,
  type MovingAveragesAttributes,
  optimizerKernels,
  type RmsPropAttributes,
  type SgdAttributes,
} from '../../optimizer-kernels';
import { aten, atenMany } from '../aten';
import { defineKernel } from '../define-kernel';
import type { Handle } from '../native';

/** An array of as many lists, one after the other. */
function inLists<T>(all: T[], count: number): T[][] {
  const length = all.length / count;
  return Array.from({ length: count }, (_, i) => all.slice(i * length, (i + 1) * length));
}

/** Names a kernel that writes in place to all of its lists but the second. */
function defineInPlace<Attributes>(
  name: string,
  lists: number,
  compute: (handles: Handle[][], attrs: Attributes) => Handle | Handle[],
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

/** Steps of optimizers, as ../../optimizer-kernels.ts specifies them. */
export function registerOptimizers(): void {
  defineInPlace<AdamWAttributes>(optimizerKernels.adamWStep, 4, (lists, attrs) =>
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
  defineInPlace<SgdAttributes>(optimizerKernels.sgdStep, 3, (lists, attrs) =>
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
  defineInPlace<RmsPropAttributes>(optimizerKernels.rmsPropStep, 4, (lists, attrs) =>
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
  defineInPlace<MovingAveragesAttributes>(optimizerKernels.movingAverages, 2, (lists, { decay }) =>
    // An operator without a result gives an empty list.
    atenMany('coatrack::moving_averages', ...lists, decay),
  );
}
