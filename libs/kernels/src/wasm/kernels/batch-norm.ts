import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type FusedActivation, layerKernels } from '../../contracts';
import type { WasmContext } from '../context';
import { defineLayer } from '../define-layer';
import { activationCodes, activationCosts } from './unary';

/** Rows of a block, as in assembly/batch-norm.ts. */
const BLOCK_ROWS = 64;

function sizes(x: TensorInfo): { rows: number; channels: number; blocks: number } {
  const channels = x.shape.at(-1)!;
  const rows = util.sizeFromShape(x.shape) / channels;
  return { rows, channels, blocks: Math.ceil(rows / BLOCK_ROWS) };
}

function normalise(
  context: WasmContext,
  x: TensorInfo,
  y: TensorInfo,
  [mean, factor, offset]: readonly number[],
  activation: FusedActivation,
): void {
  const { rows, channels } = sizes(x);
  context.pool.run(
    'normaliseChannels',
    rows,
    channels * activationCosts[activation],
    activationCodes[activation],
    context.pointer(x),
    context.pointer(y),
    mean!,
    factor!,
    offset!,
    channels,
  );
}

/** {x, scale, offset} → [y, mean, variance]: normalises with the statistics of all positions, then activates. */
export const batchNormTraining = defineLayer(
  layerKernels.batchNormTraining,
  (context, { x, scale, offset }, { epsilon, activation }) => {
    const { rows, channels, blocks } = sizes(x);
    const y = context.output(x.shape);
    const mean = context.output([channels]);
    const variance = context.output([channels]);
    const [m, v] = [context.pointer(mean), context.pointer(variance)];
    const bytes = channels * 4;
    context.withScratch([blocks * 2 * bytes, bytes, bytes], (partial, factor, rstd) => {
      const { pool } = context;
      const work = BLOCK_ROWS * channels * 4;
      pool.run('channelMoments', blocks, work, context.pointer(x), partial!, rows, channels);
      pool.run('combineMoments', channels, blocks * 20, partial!, m, v, rows, channels);
      pool.run('channelFactors', channels, 20, v, context.pointer(scale), factor!, rstd!, epsilon);
      normalise(context, x, y, [m, factor!, context.pointer(offset)], activation);
    });
    return [y, mean, variance];
  },
);

/** {dy, x, mean, variance, scale, offset} → [dx, dscale, doffset] */
export const batchNormTrainingGrad = defineLayer(
  layerKernels.batchNormTrainingGrad,
  (context, { dy, x, mean, variance, scale, offset }, { epsilon, activation }) => {
    const { rows, channels, blocks } = sizes(x);
    const dx = context.output(x.shape);
    const dscale = context.output([channels]);
    const doffset = context.output([channels]);
    const from = context.pointer(x);
    const m = context.pointer(mean);
    const bytes = channels * 4;
    context.withScratch(
      [blocks * 2 * bytes, 2 * bytes, bytes, bytes],
      (partial, sums, factor, rstd) => {
        const { pool } = context;
        const v = context.pointer(variance);
        pool.run(
          'channelFactors',
          channels,
          20,
          v,
          context.pointer(scale),
          factor!,
          rstd!,
          epsilon,
        );
        // With an activation, dx holds the gradient before it until the last step overwrites it.
        const gradient = context.pointer(activation === 'none' ? dy : dx);
        pool.run(
          'batchNormSums',
          blocks,
          BLOCK_ROWS * channels * (4 + 2 * activationCosts[activation]),
          activationCodes[activation],
          context.pointer(dy),
          from,
          gradient,
          m,
          factor!,
          context.pointer(offset),
          rstd!,
          partial!,
          rows,
          channels,
        );
        pool.run('combineSums', 2 * channels, blocks * 4, partial!, sums!, blocks, 2 * channels);
        context.copy(sums!, context.pointer(doffset), bytes);
        context.copy(sums! + bytes, context.pointer(dscale), bytes);
        pool.run(
          'batchNormInputGradient',
          rows,
          channels * 6,
          gradient,
          from,
          context.pointer(dx),
          m,
          factor!,
          rstd!,
          context.pointer(dscale),
          context.pointer(doffset),
          rows,
          channels,
        );
      },
    );
    return [dx, dscale, doffset];
  },
);

/** {x, mean, variance, scale, offset} → y, with the given statistics */
export const batchNormInference = defineLayer(
  layerKernels.batchNormInference,
  (context, { x, mean, variance, scale, offset }, { epsilon, activation }) => {
    const { channels } = sizes(x);
    const y = context.output(x.shape);
    context.withScratch([channels * 4, channels * 4], (factor, rstd) => {
      const v = context.pointer(variance);
      context.pool.run(
        'channelFactors',
        channels,
        20,
        v,
        context.pointer(scale),
        factor!,
        rstd!,
        epsilon,
      );
      const pointers = [context.pointer(mean), factor!, context.pointer(offset)];
      normalise(context, x, y, pointers, activation);
    });
    return y;
  },
);
