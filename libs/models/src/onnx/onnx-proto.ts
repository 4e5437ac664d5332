import { Root, type Type } from 'protobufjs/light';

/** TensorProto.DataType */
export const dataTypes = { float32: 1, int32: 6, int64: 7, float16: 10 } as const;
export type DataType = keyof typeof dataTypes;

/** AttributeProto.AttributeType */
const attributeTypes = { float: 1, int: 2, ints: 7 } as const;

/** What the export needs of ONNX's messages, as onnx.proto numbers them. https://github.com/onnx/onnx/blob/main/onnx/onnx.proto */
const root = Root.fromJSON({
  nested: {
    ModelProto: {
      fields: {
        irVersion: { type: 'int64', id: 1 },
        producerName: { type: 'string', id: 2 },
        docString: { type: 'string', id: 6 },
        opsetImport: { rule: 'repeated', type: 'OperatorSetIdProto', id: 8 },
        metadataProps: { rule: 'repeated', type: 'StringStringEntryProto', id: 14 },
      },
    },
    OperatorSetIdProto: {
      fields: { domain: { type: 'string', id: 1 }, version: { type: 'int64', id: 2 } },
    },
    StringStringEntryProto: {
      fields: { key: { type: 'string', id: 1 }, value: { type: 'string', id: 2 } },
    },
    GraphProto: {
      fields: {
        node: { rule: 'repeated', type: 'NodeProto', id: 1 },
        name: { type: 'string', id: 2 },
        input: { rule: 'repeated', type: 'ValueInfoProto', id: 11 },
        output: { rule: 'repeated', type: 'ValueInfoProto', id: 12 },
      },
    },
    NodeProto: {
      fields: {
        input: { rule: 'repeated', type: 'string', id: 1 },
        output: { rule: 'repeated', type: 'string', id: 2 },
        name: { type: 'string', id: 3 },
        opType: { type: 'string', id: 4 },
        attribute: { rule: 'repeated', type: 'AttributeProto', id: 5 },
      },
    },
    AttributeProto: {
      fields: {
        name: { type: 'string', id: 1 },
        f: { type: 'float', id: 2 },
        i: { type: 'int64', id: 3 },
        ints: { rule: 'repeated', type: 'int64', id: 8 },
        type: { type: 'int32', id: 20 },
      },
    },
    ValueInfoProto: {
      fields: { name: { type: 'string', id: 1 }, type: { type: 'TypeProto', id: 2 } },
    },
    TypeProto: {
      fields: { tensorType: { type: 'Tensor', id: 1 } },
      nested: {
        Tensor: {
          fields: {
            elemType: { type: 'int32', id: 1 },
            shape: { type: 'TensorShapeProto', id: 2 },
          },
        },
      },
    },
    TensorShapeProto: {
      fields: { dim: { rule: 'repeated', type: 'Dimension', id: 1 } },
      nested: {
        Dimension: {
          fields: { dimValue: { type: 'int64', id: 1 }, dimParam: { type: 'string', id: 2 } },
        },
      },
    },
    TensorProto: {
      fields: {
        dims: { rule: 'repeated', type: 'int64', id: 1 },
        dataType: { type: 'int32', id: 2 },
        name: { type: 'string', id: 8 },
      },
    },
  },
});

/** Fields whose contents are written after their messages, because they are too large to be held. */
export const fieldIds = { modelGraph: 7, graphInitializer: 5, tensorRawData: 9 } as const;

export const modelType: Type = root.lookupType('ModelProto');
export const graphType: Type = root.lookupType('GraphProto');
export const tensorType: Type = root.lookupType('TensorProto');

/** Whole numbers, lists of them, and `{ float }` for numbers that ONNX wants as such. */
export type Attributes = Readonly<Record<string, number | readonly number[] | { float: number }>>;

export interface OnnxNode {
  name: string;
  operator: string;
  inputs: readonly string[];
  outputs: string[];
  attributes: Attributes;
}

/** A constant of the graph; its contents are asked for once, when they are written. */
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

/** @param dims a string stands for a size that is not known */
export function valueMessage(name: string, dims: readonly (number | string)[]) {
  const dim = dims.map((size) =>
    typeof size === 'string' ? { dimParam: size } : { dimValue: size },
  );
  return { name, type: { tensorType: { elemType: dataTypes.float32, shape: { dim } } } };
}
