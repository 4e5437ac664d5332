/**
 * A TensorFlow graph in Protocol Buffers' JSON form, as TensorFlow.js reads it.
 * https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/framework/graph.proto
 */
export interface GraphDef {
  node: readonly NodeDef[];
  versions: { producer: number };
}

export interface NodeDef {
  name: string;
  op: string;
  input: readonly string[];
  attr: Attributes;
}

export type Attributes = Readonly<Record<string, Attribute>>;

export type Attribute =
  | { type: DataType }
  | { shape: Shape }
  | { tensor: { dtype: DataType; tensorShape: Shape } }
  | { b: boolean }
  | { f: number }
  | { i: string }
  | { s: string }
  | { list: { i: readonly string[] } | { s: readonly string[] } };

export type DataType = 'DT_FLOAT' | 'DT_INT32';

interface Shape {
  dim: readonly { size: string }[];
}

/** @param sizes −1 is an unknown size */
export function shapeOf(sizes: readonly number[]): Shape {
  return { dim: sizes.map((size) => ({ size: String(size) })) };
}

export function text(value: string): Attribute {
  return { s: base64(value) };
}

export function texts(values: readonly string[]): Attribute {
  return { list: { s: values.map(base64) } };
}

export function whole(value: number): Attribute {
  return { i: String(value) };
}

export function wholes(values: readonly number[]): Attribute {
  return { list: { i: values.map(String) } };
}

function base64(value: string): string {
  return Buffer.from(value).toString('base64');
}
