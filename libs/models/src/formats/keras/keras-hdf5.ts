import type { Attribute, Dataset, File, Group, Metadata } from 'h5wasm' with {
  'resolution-mode': 'import',
};
import { fail } from '../../weights/fail';
import { elementBytes, type TensorType } from '../../weights/tensor-types';
import type { Hdf5Tensors } from './hdf5-protocol';

/** More than any network needs: it bounds what a hostile file makes of few bytes. */
const maxNames = 100_000;

/** HDF5's H5T_class_t. */
const classes = { integer: 0, float: 1 };

/**
 * Finds a model's variables as Keras does: by the layers that an attribute names, and by the variables that an
 * attribute of each layer names. In a file of a whole model they are in a group of their own.
 * https://github.com/keras-team/keras/blob/v2.15.0/keras/saving/legacy/hdf5_format.py
 */
export function listTensors(file: File): Hdf5Tensors {
  const whole = file.keys().includes('model_weights');
  const root = whole ? entity(file, 'model_weights', 'Group') : file;
  const layers = namesIn(root, 'layer_names');
  if (!layers) fail(`it has no attribute "layer_names", as files have that Keras 2 saves as .h5`);
  const tensors: Hdf5Tensors = new Map();
  for (const layer of layers) {
    const group = entity(root, layer, 'Group');
    for (const name of namesIn(group, 'weight_names') ?? []) {
      const dataset = entity(group, name, 'Dataset');
      const path = `${whole ? 'model_weights/' : ''}${layer}/${name}`;
      tensors.set(path, { dtype: typeOf(path, dataset.metadata), shape: shapeOf(dataset) });
      if (tensors.size > maxNames) fail(`it names more than ${maxNames} variables`);
    }
  }
  return tensors;
}

export function readTensor(file: File, path: string): Float32Array {
  const { value } = entity(file, path, 'Dataset');
  if (value instanceof Float32Array) return value;
  if (ArrayBuffer.isView(value)) return Float32Array.from(value as ArrayLike<number>, Number);
  return Float32Array.of(Number(value));
}

/** Attributes hold 64 KiB at most: Keras numbers the parts of a longer one. */
function namesIn({ attrs }: Group, attribute: string): string[] | undefined {
  if (attrs[attribute]) return stringsOf(attrs[attribute]);
  if (!attrs[`${attribute}0`]) return undefined;
  const names: string[] = [];
  for (let part = 0; attrs[`${attribute}${part}`]; part++) {
    names.push(...stringsOf(attrs[`${attribute}${part}`]));
    if (names.length > maxNames) fail(`its "${attribute}" are more than ${maxNames} names`);
  }
  return names;
}

function stringsOf({ name, value, metadata }: Attribute): string[] {
  // Keras writes an empty list as one of numbers.
  if (ArrayBuffer.isView(value) && value.byteLength === 0) return [];
  if (!Array.isArray(value) || !value.every((each) => typeof each === 'string')) {
    fail(`an attribute "${name}" does not hold a list of names`);
  }
  // What Keras says is ASCII is UTF-8: it names the 32nd block of a stage "\x80".
  return metadata.cset === 0 ? value.map((each) => Buffer.from(each, 'latin1').toString()) : value;
}

interface Entities {
  Group: Group;
  Dataset: Dataset;
}

function entity<T extends keyof Entities>(parent: Group, name: string, type: T): Entities[T] {
  const found = parent.get(name);
  if (!found || !('type' in found)) fail(`"${name}" is missing in "${parent.path}"`);
  if (found.type !== type) fail(`"${name}" in "${parent.path}" is a ${found.type}, not a ${type}`);
  return found as Entities[T];
}

function typeOf(path: string, { type, size, signed }: Metadata): TensorType {
  const kind = { [classes.float]: 'F', [classes.integer]: signed ? 'I' : 'U' }[type];
  const dtype = `${kind}${size * 8}`;
  // The library converts all but 16-bit floats, which JavaScript has no array for.
  if (!(dtype in elementBytes) || dtype === 'F16')
    fail(`"${path}" holds no numbers that can be read`);
  return dtype as TensorType;
}

function shapeOf({ shape, path }: Dataset): number[] {
  return shape ?? fail(`"${path}" is empty`);
}
