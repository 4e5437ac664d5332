import { modelType, valueMessage } from '../../export/onnx/onnx-proto';

export const node = (opType: string, input: string, output: string, rest: object = {}) => ({
  opType,
  input: [input],
  output: [output],
  ...rest,
});

export const heading = { irVersion: 8, opsetImport: [{ domain: '', version: 17 }] };

export const graphOf = (rest: object) => ({
  node: [node('Anything', 'x', 'y')],
  input: [valueMessage('x', ['N', 3, 224, 224])],
  output: [valueMessage('y', ['N', 7])],
  ...rest,
});

/** Encodes a classifier as another program might write it. */
export function foreign(graph: object = {}, model: object = {}): Uint8Array {
  return modelType.encode({ ...heading, ...model, graph: graphOf(graph) }).finish();
}
