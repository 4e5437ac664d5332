import { BatchMatMul, type BatchMatMulAttrs, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { KernelDefinition, WasmContext } from '../context';
import { convolve, filterGradient, productAsConvolution } from './convolution-work';

interface Product {
  a: number;
  b: number;
  out: number;
  rows: number;
  k: number;
  columns: number;
  transposeA: boolean;
  transposeB: boolean;
}

/** Computes one large product. */
function multiply(context: WasmContext, product: Product): void {
  const { a, b, out, rows, k, columns, transposeA, transposeB } = product;
  if (!transposeA) {
    convolve(context, productAsConvolution(a, out, rows, k, columns), {
      pointer: b,
      tapStride: 0,
      strideK: transposeB ? 1 : columns,
      strideN: transposeB ? k : 1,
    });
  } else if (!transposeB) {
    context.clear(out, rows * columns * 4);
    filterGradient(context, productAsConvolution(a, b, k, rows, columns), out);
  } else {
    multiplyBatch(context, product, 1, 0, 0);
  }
}

/** Computes many products, one per work item. */
function multiplyBatch(
  context: WasmContext,
  { a, b, out, rows, k, columns, transposeA, transposeB }: Product,
  batch: number,
  aBatch: number,
  bBatch: number,
): void {
  const perThread = (48 + 4 * (k * Math.ceil(columns / 8) * 8 + 4 * k) + 31) & ~15;
  context.withScratch([perThread * context.pool.threads], (scratch) => {
    context.pool.run(
      'multiplyBatch',
      batch,
      rows * k * columns,
      a,
      b,
      out,
      rows,
      k,
      columns,
      aBatch,
      transposeA ? 1 : k,
      transposeA ? rows : 1,
      bBatch,
      transposeB ? 1 : columns,
      transposeB ? k : 1,
      scratch!,
      perThread,
    );
  });
}

/** a[…, rows, k]·b[…, k, columns], either transposed; leading axes equal, or all 1 on one side. */
export const batchMatMul: KernelDefinition = {
  name: BatchMatMul,
  make: (context, replaced) => (args) => {
    const { a, b } = args.inputs as Record<string, TensorInfo>;
    const { transposeA, transposeB } = args.attrs as unknown as BatchMatMulAttrs;
    const leadingA = a!.shape.slice(0, -2);
    const leadingB = b!.shape.slice(0, -2);
    const batchA = util.sizeFromShape(leadingA);
    const batchB = util.sizeFromShape(leadingB);
    const sameBatch = util.arraysEqual(leadingA, leadingB);
    if (
      a!.dtype !== 'float32' ||
      b!.dtype !== 'float32' ||
      !(sameBatch || batchA === 1 || batchB === 1)
    ) {
      return replaced!.kernelFunc(args);
    }
    const [k, rows] = transposeA ? a!.shape.slice(-2) : a!.shape.slice(-2).reverse();
    const [innerB, columns] = transposeB ? b!.shape.slice(-2).reverse() : b!.shape.slice(-2);
    util.assert(
      k === innerB,
      () =>
        `Error in matMul: inner shapes (${k}) and (${innerB}) of Tensors with shapes ${a!.shape} and ` +
        `${b!.shape} and transposeA=${transposeA} and transposeB=${transposeB} must match.`,
    );
    const batch = Math.max(batchA, batchB);
    const leading = leadingA.length >= leadingB.length && batchA === batch ? leadingA : leadingB;
    const out = context.output([...leading, rows!, columns!]);
    const product: Product = {
      a: context.pointer(a!),
      b: context.pointer(b!),
      out: context.pointer(out),
      rows: rows!,
      k: k!,
      columns: columns!,
      transposeA,
      transposeB,
    };
    if (batch === 1) multiply(context, product);
    else if (batchB === 1 && !transposeA) multiply(context, { ...product, rows: batch * rows! });
    else {
      const aBatch = batchA === 1 ? 0 : rows! * k!;
      const bBatch = batchB === 1 ? 0 : k! * columns!;
      multiplyBatch(context, product, batch, aBatch, bBatch);
    }
    return out;
  },
};
