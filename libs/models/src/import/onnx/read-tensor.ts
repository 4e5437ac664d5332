import { entryType, tensorType } from '../../export/onnx/onnx-proto';
import type { ProtoFile, Range } from './proto-file';

/** A constant whose values are in another file. */
export interface ExternalTensor {
  name: string;
  dataType: number;
  dims: number[];
  /** Entries in the file: `location`, `offset`, `length`. */
  entries: ReadonlyMap<string, string>;
  /** Its field in the graph; undefined if it belongs to a node. */
  field?: Range;
}

/** Summary of a file's constants. */
export interface TensorSummary {
  /** Names of the constants. */
  initializers: Set<string>;
  /** Number of values in all weights, without integers that are indices. */
  parameters: number;
  /** Values of small constants of floats. */
  constants: Map<string, readonly number[]>;
  /** Constants whose values are in other files. */
  external: ExternalTensor[];
}

/** Types of weights, including quantized ones: float, uint8, int8, float16, double, bfloat16. */
const weightTypes: readonly number[] = [1, 2, 3, 10, 11, 16];
const float32 = 1;
/** Maximum number of values of constants that are read: one per colour, or one. */
const maxConstantValues = 16;
const maxConstants = 10_000;
const maxAxes = 8;
/** Maximum number of entries that locate an external constant. */
const maxEntries = 8;

/** Adds a constant to the summary; reads its values only if they are few. */
export async function readTensor(
  file: ProtoFile,
  range: Range,
  summary: TensorSummary,
  field?: Range,
): Promise<void> {
  let [name, dataType, size] = ['', 0, 1];
  let isExternal = false;
  let raw: Range | undefined;
  const numbers: number[] = [];
  const dims: number[] = [];
  const entries = new Map<string, string>();
  await file.walk(tensorType, range, {
    name: async (field) => {
      name = await field.text();
    },
    dataType: (field) => {
      dataType = field.integer();
    },
    dims: async (field) => {
      for (const side of await field.integers()) {
        if (side < 0) throw new RangeError(`the constant "${name}" has a side of ${side}`);
        size *= side;
        if (dims.length <= maxAxes) dims.push(side);
      }
    },
    floatData: async (field) => {
      if (numbers.length <= maxConstantValues) numbers.push(...(await field.floats()));
    },
    rawData: (field) => {
      raw = field.range();
    },
    externalData: async (field) => {
      isExternal = true;
      if (entries.size < maxEntries) await readEntry(file, field.range(), entries);
    },
    dataLocation: (field) => {
      isExternal ||= field.integer() !== 0;
    },
  });
  summary.initializers.add(name);
  if (isExternal) summary.external.push({ name, dataType, dims, entries, field });
  if (dataType === float32 && size <= maxConstantValues && summary.constants.size < maxConstants) {
    const stored = raw && raw.end - raw.begin === 4 * size ? await file.bytes(raw) : undefined;
    const values = stored
      ? Array.from({ length: size }, (_, at) => stored.readFloatLE(4 * at))
      : numbers;
    if (values.length === size) summary.constants.set(name, values);
  }
  if (weightTypes.includes(dataType)) summary.parameters += size;
}

/** Adds a key and its value. */
export async function readEntry(
  file: ProtoFile,
  range: Range,
  entries: Map<string, string>,
): Promise<void> {
  let [key, value] = ['', ''];
  await file.walk(entryType, range, {
    key: async (field) => {
      key = await field.text();
    },
    value: async (field) => {
      value = await field.text();
    },
  });
  entries.set(key, value);
}
