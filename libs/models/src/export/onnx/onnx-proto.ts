import { type IField, Root } from 'protobufjs/light';
import { many, one } from '../../weights/proto-fields';

/** TensorProto.DataType */
export const dataTypes = { float32: 1, int32: 6, int64: 7, float16: 10 } as const;
export type DataType = keyof typeof dataTypes;

/** AttributeProto.AttributeType */
const attributeTypes = { float: 1, int: 2, ints: 7 } as const;

/** ONNX's messages follow proto2: set fields are written even if they are zero. */
const message = (fields: Record<string, IField>) => ({ edition: 'proto2', fields });

/**
 * The fields of ONNX's messages that export and import use, with the numbers of onnx.proto; `bytes` are messages whose
 * contents are not read.
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
const root = Root.fromJSON({
  nested: {
    ModelProto: message({
      irVersion: one('int64', 1),
      producerName: one('string', 2),
      docString: one('string', 6),
      graph: one('GraphProto', 7),
      opsetImport: many('OperatorSetIdProto', 8),
      metadataProps: many('StringStringEntryProto', 14),
      functions: many('bytes', 25),
    }),
    OperatorSetIdProto: message({ domain: one('string', 1), version: one('int64', 2) }),
    StringStringEntryProto: message({ key: one('string', 1), value: one('string', 2) }),
    GraphProto: message({
      node: many('NodeProto', 1),
      name: one('string', 2),
      initializer: many('TensorProto', 5),
      input: many('ValueInfoProto', 11),
      output: many('ValueInfoProto', 12),
      sparseInitializer: many('bytes', 15),
    }),
    NodeProto: message({
      input: many('string', 1),
      output: many('string', 2),
      name: one('string', 3),
      opType: one('string', 4),
      attribute: many('AttributeProto', 5),
      domain: one('string', 7),
    }),
    AttributeProto: message({
      name: one('string', 1),
      f: one('float', 2),
      i: one('int64', 3),
      t: one('TensorProto', 5),
      g: one('bytes', 6),
      ints: many('int64', 8),
      tensors: many('TensorProto', 10),
      graphs: many('bytes', 11),
      sparseTensor: one('bytes', 22),
      sparseTensors: many('bytes', 23),
      type: one('int32', 20),
    }),
    TensorProto: message({
      dims: many('int64', 1),
      dataType: one('int32', 2),
      floatData: { rule: 'repeated', type: 'float', id: 4, options: { packed: true } },
      name: one('string', 8),
      rawData: one('bytes', 9),
      externalData: many('StringStringEntryProto', 13),
      dataLocation: one('int32', 14),
    }),
    ValueInfoProto: message({ name: one('string', 1), type: one('TypeProto', 2) }),
    TypeProto: message({ tensorType: one('TensorType', 1) }),
    TensorType: message({ elemType: one('int32', 1), shape: one('TensorShapeProto', 2) }),
    TensorShapeProto: message({ dim: many('Dimension', 1) }),
    Dimension: message({ dimValue: one('int64', 1), dimParam: one('string', 2) }),
  },
});

export const modelType = root.lookupType('ModelProto');
export const graphType = root.lookupType('GraphProto');
export const nodeType = root.lookupType('NodeProto');
export const attributeType = root.lookupType('AttributeProto');
export const tensorType = root.lookupType('TensorProto');
export const valueInfoType = root.lookupType('ValueInfoProto');
export const typeType = root.lookupType('TypeProto');
export const tensorTypeType = root.lookupType('TensorType');
export const shapeType = root.lookupType('TensorShapeProto');
export const dimensionType = root.lookupType('Dimension');
export const opsetType = root.lookupType('OperatorSetIdProto');
export const entryType = root.lookupType('StringStringEntryProto');

/** Integers, lists of integers, and `{ float }` for floating-point attributes. */
export type Attributes = Readonly<Record<string, number | readonly number[] | { float: number }>>;

export interface OnnxNode {
  name: string;
  operator: string;
  inputs: readonly string[];
  outputs: string[];
  attributes: Attributes;
}

/** A constant of the graph; its contents are requested once, when they are written. */
export interface OnnxTensor {
  name: string;
  dims: readonly number[];
  dataType: DataType;
  bytes(): Promise<Uint8Array>;
}

export function nodeMessage({ name, operator, inputs, outputs, attributes }: OnnxNode) {
  const attribute = Object.entries(attributes).map(([name, value]) => {
    if (typeof value === 'number') return { name, type: attributeTypes.int, i: value };
    if ('float' in value) return { name, type: attributeTypes.float, f: value.float };
    return { name, type: attributeTypes.ints, ints: value };
  });
  return { name, opType: operator, input: inputs, output: outputs, attribute };
}

/** @param dims a string names an unknown size */
export function valueMessage(name: string, dims: readonly (number | string)[]) {
  const dim = dims.map((size) =>
    typeof size === 'string' ? { dimParam: size } : { dimValue: size },
  );
  return { name, type: { tensorType: { elemType: dataTypes.float32, shape: { dim } } } };
}
