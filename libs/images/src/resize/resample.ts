import type { Preprocessing } from '../preprocessing';
import type { Area, Pixels, Size } from '../pixels';
import { resamplingWeights, type ResamplingWeights } from './resampling-weights';
import { inMemory } from '../wasm/webassembly';

/**
 * Resizes as PIL does, to the bit: antialiased, pixel centres aligned, rows first.
 * @param kept part of the image to resize
 * @param size of that part after resizing
 * @param area of the resized part to return
 * @returns [area.height, area.width, 3]
 */
export function resample(
  { data, width }: Pixels,
  kept: Area,
  size: Size,
  area: Area,
  interpolation: Preprocessing['interpolation'],
): Pixels {
  const columns = resamplingWeights(kept.width, size.width, area.left, area.width, interpolation);
  const rows = resamplingWeights(kept.height, size.height, area.top, area.height, interpolation);
  const firstRow = rows.firsts.reduce((least, first) => Math.min(least, first));
  const lastRow = rows.firsts.reduce((most, first) => Math.max(most, first)) + rows.taps;
  const count = lastRow - firstRow;
  const rowBytes = area.width * 3;
  const { functions, buffer, at } = inMemory(
    count * width * 3,
    count * rowBytes,
    area.height * rowBytes,
    ...tableBytes(columns),
    ...tableBytes(rows),
  );
  const [source, between, target, columnFirsts, columnWeights, rowFirsts, rowWeights] = at;
  const put = ({ firsts, weights }: ResamplingWeights, firstsAt: number, weightsAt: number) => {
    new Int32Array(buffer, firstsAt).set(firsts);
    new Int32Array(buffer, weightsAt).set(weights);
  };
  const bytes = new Uint8Array(buffer);
  const firstByte = (kept.top + firstRow) * width * 3;
  bytes.set(data.subarray(firstByte, firstByte + count * width * 3), source);
  put(columns, columnFirsts, columnWeights);
  put({ ...rows, firsts: rows.firsts.map((row) => row - firstRow) }, rowFirsts, rowWeights);
  functions.resampleRows(
    source + kept.left * 3,
    width * 3,
    between,
    area.width,
    count,
    columnFirsts,
    columnWeights,
    columns.taps,
  );
  functions.resampleColumns(
    between,
    target,
    rowBytes,
    area.height,
    rowFirsts,
    rowWeights,
    rows.taps,
  );
  return {
    data: bytes.slice(target, target + area.height * rowBytes),
    width: area.width,
    height: area.height,
  };
}

function tableBytes({ firsts, weights }: ResamplingWeights): [firsts: number, weights: number] {
  return [firsts.byteLength, weights.byteLength];
}
