import { backend_util } from '@tensorflow/tfjs-core';
import type { WasmContext } from '../context';

export interface Grid {
  pointer: number;
  height: number;
  width: number;
  channels: number;
}

/** Mirrors the class Convolution of assembly/convolution.ts, which documents the fields. */
export interface Convolution {
  source: Grid;
  target: Grid;
  batch: number;
  height: number;
  width: number;
  sourceStep: readonly [y: number, x: number];
  targetStep: readonly [y: number, x: number];
  targetOrigin: readonly [y: number, x: number];
  taps: readonly Tap[];
}

/** One element of a filter: its offset from the position, and its index in the filter. */
export interface Tap {
  y: number;
  x: number;
  index: number;
}

/** Positions per work item, as in assembly/convolution.ts. */
const BLOCK_POSITIONS = 64;
const SUMMED_POSITIONS = 256;

/** Writes a Convolution for assembly/ and passes it with its scratch memory to `use`. */
function withConvolution(
  context: WasmContext,
  convolution: Convolution,
  sizes: { packed: number; perThread: number },
  use: (pointers: { struct: number; packed: number; offsets: number }) => void,
): void {
  const { source, target, taps } = convolution;
  const perThread = (sizes.perThread + 31) & ~15;
  context.withScratch(
    [
      96,
      taps.length * 8,
      taps.length * 4,
      sizes.packed,
      source.channels * 4 + 16,
      perThread * context.pool.threads,
    ],
    (struct, tapList, offsets, packed, zeros, scratch) => {
      context.clear(zeros!, source.channels * 4 + 16);
      context.writeInts(
        tapList!,
        taps.flatMap((tap) => [tap.y, tap.x]),
      );
      context.writeInts(struct!, [
        source.pointer,
        source.height,
        source.width,
        source.channels,
        target.pointer,
        target.height,
        target.width,
        target.channels,
        convolution.batch,
        convolution.height,
        convolution.width,
        ...convolution.sourceStep,
        ...convolution.targetStep,
        ...convolution.targetOrigin,
        taps.length,
        tapList!,
        packed!,
        zeros!,
        scratch!,
        perThread,
      ]);
      use({ struct: struct!, packed: packed!, offsets: offsets! });
    },
  );
}

export type ConvInfo = backend_util.Conv2DInfo;

/** A matrix product a[rows][k]·b[k][columns] is a convolution of an image one pixel high with a 1×1 filter. */
export function productAsConvolution(
  a: number,
  out: number,
  rows: number,
  k: number,
  columns: number,
): Convolution {
  return {
    source: { pointer: a, height: 1, width: rows, channels: k },
    target: { pointer: out, height: 1, width: rows, channels: columns },
    batch: 1,
    height: 1,
    width: rows,
    sourceStep: [1, 1],
    targetStep: [1, 1],
    targetOrigin: [0, 0],
    taps: [{ y: 0, x: 0, index: 0 }],
  };
}

/** Runs a convolution; element (tap, k, n) of `filter` lies at tap.index·tapStride + k·strideK + n·strideN floats. */
export function convolve(
  context: WasmContext,
  convolution: Convolution,
  filter: { pointer: number; tapStride: number; strideK: number; strideN: number },
): void {
  const { taps, source, target } = convolution;
  const panels = Math.ceil(target.channels / 8);
  const k = source.channels;
  const positions = convolution.batch * convolution.height * convolution.width;
  if (positions === 0) return;
  withConvolution(
    context,
    convolution,
    {
      packed: panels * taps.length * k * 32,
      perThread: BLOCK_POSITIONS * 4 * (taps.length * (k + 1) + 1),
    },
    ({ struct, packed, offsets }) => {
      context.writeInts(
        offsets,
        taps.map((tap) => tap.index * filter.tapStride),
      );
      context.pool.run(
        'packPanels',
        panels,
        taps.length * k * 16,
        filter.pointer,
        packed,
        offsets,
        taps.length,
        k,
        target.channels,
        filter.strideK,
        filter.strideN,
      );
      context.pool.run(
        'convolve',
        Math.ceil(positions / BLOCK_POSITIONS),
        BLOCK_POSITIONS * k * taps.length * target.channels,
        struct,
      );
    },
  );
}

/** Adds to gradient[taps][source channels][target channels] the products of source and target over all positions. */
export function filterGradient(
  context: WasmContext,
  convolution: Convolution,
  gradient: number,
): void {
  const { taps, source, target } = convolution;
  const share = Math.ceil((taps.length * source.channels) / (context.pool.threads * 8));
  const block = context.pool.threads === 1 ? 64 : Math.min(64, Math.ceil(share / 4) * 4);
  const positions = convolution.batch * convolution.height * convolution.width;
  withConvolution(
    context,
    convolution,
    { packed: 0, perThread: SUMMED_POSITIONS * 36 },
    ({ struct }) => {
      context.pool.run(
        'convolveFilterGradient',
        taps.length * Math.ceil(source.channels / block),
        positions * block * target.channels,
        struct,
        gradient,
        block,
      );
    },
  );
}
