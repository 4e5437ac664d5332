import type { Preprocessing } from '@coatrack/models';
import type { Pixels } from './decode';
import { resamplingWeights, type ResamplingWeights } from './resampling-weights';
import { inMemory } from './webassembly';

export interface Size {
  width: number;
  height: number;
}

/** A part of a picture, in pixels. */
export interface Area extends Size {
  left: number;
  top: number;
}

/**
 * Resizes as PIL does, to the bit: antialiased, pixel centres aligned, rows first.
 * @param size of the whole picture afterwards
 * @param area of it that is wanted
 * @returns [area.height, area.width, 3]
 */
export function resample(
  { data, width, height }: Pixels,
  size: Size,
  area: Area,
  interpolation: Preprocessing['interpolation'],
): Pixels {
  const columns = resamplingWeights(width, size.width, area.left, area.width, interpolation);
  const rows = resamplingWeights(height, size.height, area.top, area.height, interpolation);
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
  bytes.set(data.subarray(firstRow * width * 3, lastRow * width * 3), source);
  put(columns, columnFirsts, columnWeights);
  put({ ...rows, firsts: rows.firsts.map((row) => row - firstRow) }, rowFirsts, rowWeights);
  functions.resampleRows(
    ...[source, width * 3, between, area.width, count],
    ...[columnFirsts, columnWeights, columns.taps],
  );
  functions.resampleColumns(
    ...[between, target, rowBytes, area.height],
    ...[rowFirsts, rowWeights, rows.taps],
  );
  return {
    data: bytes.slice(target, target + area.height * rowBytes),
    ...{ width: area.width, height: area.height },
  };
}

function tableBytes({ firsts, weights }: ResamplingWeights): [firsts: number, weights: number] {
  return [firsts.byteLength, weights.byteLength];
}
