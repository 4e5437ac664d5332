// Tests build graphs that nothing here would export.
// eslint-disable-next-line @nx/enforce-module-boundaries
import { modelType, valueMessage } from '../../../libs/models/src/export/onnx/onnx-proto';

export type Step = [operator: string, inputs: string[], output: string, domain?: string];

export interface Constant {
  name: string;
  dims: number[];
  values: number[];
  /** The file that contains the values, and their offset in bytes. */
  elsewhere?: { location: string; offset: number };
}

const float32 = 1;
const int8 = 3;
/** Roughly EfficientNetV2-B0's number of parameters. */
const parameters = 6_000_000;
export const side = 64;

/** Encodes a small graph from images `x` to `y` that passes for a network because of a large unused constant. */
export function onnxOf(
  steps: readonly Step[],
  constants: readonly Constant[],
  classes: number,
  { irVersion = 8 } = {},
): Buffer {
  const tensors = constants.map(({ name, dims, values, elsewhere }) => {
    const rawData = new Uint8Array(Float32Array.from(values).buffer);
    if (!elsewhere) return { name, dims, dataType: float32, rawData };
    const entries = { ...elsewhere, length: rawData.length };
    const externalData = Object.entries(entries).map(([key, value]) => ({
      key,
      value: `${value}`,
    }));
    return { name, dims, dataType: float32, dataLocation: 1, externalData };
  });
  const size = { name: 'size', dims: [parameters], dataType: int8 };
  return Buffer.from(
    modelType
      .encode({
        irVersion,
        graph: {
          name: 'graph',
          node: steps.map(([opType, input, output, domain]) => {
            return { opType, input, output: [output], ...(domain ? { domain } : {}) };
          }),
          initializer: [...tensors, { ...size, rawData: new Uint8Array(parameters) }],
          input: [valueMessage('x', ['n', 3, side, side])],
          output: [valueMessage('y', ['n', classes])],
        },
        opsetImport: [{ domain: '', version: 17 }],
      })
      .finish(),
  );
}

/** The means of an image's colours, by a matrix. */
export const meanTimes = (from: string, to: string): Step[] => [
  ['GlobalAveragePool', [from], 'pooled'],
  ['Flatten', ['pooled'], 'flat'],
  ['MatMul', ['flat', 'w'], to],
];
