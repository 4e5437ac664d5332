import { aten } from '../aten';
import { defineKernel } from '../define-kernel';

export function registerNormalization(): void {
  defineKernel('FusedBatchNorm', ({ x, mean, variance, offset, scale }, { varianceEpsilon }) => {
    const rstd = aten('rsqrt', aten('add.Scalar', variance!.handle, varianceEpsilon));
    const factor = scale ? aten('mul.Tensor', rstd, scale.handle) : rstd;
    const y = aten('mul.Tensor', aten('sub.Tensor', x!.handle, mean!.handle), factor);
    return offset ? aten('add.Tensor', y, offset.handle) : y;
  });
}
