import { util } from '@tensorflow/tfjs-core';
import { layerKernels } from '../../contracts';
import { defineLayer } from '../define-layer';

/** Rows of a block, as in assembly/rows.ts. */
const BLOCK_ROWS = 64;

/** {x, scale, offset} → [y, mean, rstd] */
export const layerNorm = defineLayer(
  layerKernels.layerNorm,
  (context, { x, scale, offset }, { epsilon }) => {
    const channels = x.shape.at(-1)!;
    const rows = util.sizeFromShape(x.shape) / channels;
    const outputs = [context.output(x.shape), context.output([rows]), context.output([rows])];
    context.pool.run(
      'layerNorm',
      rows,
      channels * 8,
      ...[x, scale, offset, ...outputs].map((tensor) => context.pointer(tensor)),
      channels,
      epsilon,
    );
    return outputs;
  },
);

/** {dy, x, mean, rstd, scale} → [dx, dscale, doffset] */
export const layerNormGrad = defineLayer(
  layerKernels.layerNormGrad,
  (context, { dy, x, mean, rstd, scale }) => {
    const channels = x.shape.at(-1)!;
    const rows = util.sizeFromShape(x.shape) / channels;
    const dx = context.output(x.shape);
    const dscale = context.output([channels]);
    const doffset = context.output([channels]);
    const given = [dy, x, mean, rstd].map((tensor) => context.pointer(tensor));
    const { pool } = context;
    pool.run(
      'layerNormInputGradient',
      rows,
      channels * 12,
      ...given,
      context.pointer(scale),
      context.pointer(dx),
      channels,
    );
    const blocks = Math.ceil(rows / BLOCK_ROWS);
    const bytes = channels * 4;
    context.withScratch([blocks * 2 * bytes, 2 * bytes], (partial, sums) => {
      const work = BLOCK_ROWS * channels * 6;
      pool.run('layerNormSums', blocks, work, ...given, partial!, rows, channels);
      pool.run('combineSums', 2 * channels, blocks * 4, partial!, sums!, blocks, 2 * channels);
      context.copy(sums!, context.pointer(dscale), bytes);
      context.copy(sums! + bytes, context.pointer(doffset), bytes);
    });
    return [dx, dscale, doffset];
  },
);
