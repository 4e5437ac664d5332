import type { Attribute, Dataset, File, Group, Metadata } from 'h5wasm' with {
  'resolution-mode': 'import',
};
import { fail } from '../../weights/fail';
import { elementBytes, type TensorType } from '../../weights/tensor-types';
import type { Hdf5Tensors } from './hdf5-protocol';

/** Maximum number of names, more than any network needs; limits the memory for a hostile file. */
const maxNames = 100_000;
/** Maximum depth of nested models. */
const maxDepth = 16;

/** HDF5's H5T_class_t. */
const classes = { integer: 0, float: 1 };

/** Lists a model's variables in a file of Keras 2 or Keras 3. */
export function listTensors(file: File): Hdf5Tensors {
  const whole = file.keys().includes('model_weights');
  const root = whole ? entity(file, 'model_weights', 'Group') : file;
  const layers = namesIn(root, 'layer_names');
  if (layers) return keras2Tensors(root, layers, whole ? 'model_weights/' : '');
  const tensors: Hdf5Tensors = new Map();
  addKeras3Tensors(file, '', tensors, 0);
  if (tensors.size > 0) return tensors;
  return fail(
    'it has neither the attribute "layer_names", as Keras 2 saves it, nor layers with variables, as Keras 3 does',
  );
}

/**
 * Lists the variables of a Keras 2 file: an attribute names the layers, and an attribute of each layer its variables. In a
 * file of a whole model they are in a separate group.
 * https://github.com/keras-team/keras/blob/v2.15.0/keras/saving/legacy/hdf5_format.py
 */
function keras2Tensors(root: Group, layers: readonly string[], prefix: string): Hdf5Tensors {
  const tensors: Hdf5Tensors = new Map();
  for (const layer of layers) {
    const group = entity(root, layer, 'Group');
    for (const name of namesIn(group, 'weight_names') ?? []) {
      const path = `${prefix}${layer}/${name}`;
      add(tensors, path, path, entity(group, name, 'Dataset'));
    }
  }
  return tensors;
}

/** Groups that belong to the training, not to the model. */
const notLayers = new Set(['optimizer', 'metrics', 'compile_metrics', 'loss_tracker']);

/**
 * Lists the variables of a Keras 3 file: every layer is a group named after its class, whose group `vars` has the layer's
 * own name as an attribute and numbered variables, the trained ones first.
 * https://github.com/keras-team/keras/blob/v3.15.0/keras/src/saving/saving_lib.py
 */
function addKeras3Tensors(group: Group, path: string, tensors: Hdf5Tensors, depth: number): void {
  if (depth > maxDepth) fail('its layers are nested too deeply');
  for (const key of group.keys()) {
    if (depth === 0 && notLayers.has(key)) continue;
    const child = group.get(key);
    if (!child || !('type' in child) || child.type !== 'Group') continue;
    const inside = `${path}${key}/`;
    if (key === 'vars') addVariables(child as Group, path, tensors);
    else addKeras3Tensors(child as Group, inside, tensors, depth + 1);
  }
}

function addVariables(vars: Group, path: string, tensors: Hdf5Tensors): void {
  const keys = vars.keys().sort((a, b) => Number(a) - Number(b));
  if (keys.length === 0) return;
  const datasets = keys.map((key) => entity(vars, key, 'Dataset'));
  const name: unknown = vars.attrs.name?.value;
  if (typeof name !== 'string') {
    fail(
      `"${path}vars" lacks its layer's name, as in files of early versions of Keras 3; load it there and save it as .h5: model.save("model.h5")`,
    );
  }
  const variables = variablesOf(datasets.map((dataset) => shapeOf(dataset)));
  datasets.forEach((dataset, at) => {
    add(tensors, `${path}${name}/${variables[at]}`, `${path}vars/${keys[at]}`, dataset);
  });
}

/** Infers the names of a layer's variables from their shapes, as layers of a kind have the same ones in the same order. */
function variablesOf(shapes: readonly number[][]): readonly string[] {
  const ranks = shapes.map((shape) => shape.length).join();
  if (ranks === '1,1,1,1') return ['gamma', 'beta', 'moving_mean', 'moving_variance'];
  if (ranks === '1,1,0') return ['mean', 'variance', 'count'];
  // Norms of other kinds, or without a scale: what matters is that they are norms.
  if (ranks === '1,1') return ['gamma', 'beta'];
  if (ranks === '1,1,1') return ['beta', 'moving_mean', 'moving_variance'];
  if (shapes[0].length > 1 && shapes.length <= 2) return ['kernel', 'bias'];
  return shapes.map((_, at) => `variable_${at}`);
}

function add(tensors: Hdf5Tensors, name: string, path: string, dataset: Dataset): void {
  tensors.set(name, { dtype: typeOf(path, dataset.metadata), shape: shapeOf(dataset), path });
  if (tensors.size > maxNames) fail(`it names more than ${maxNames} variables`);
}

export function readTensor(file: File, path: string): Float32Array {
  const { value } = entity(file, path, 'Dataset');
  if (value instanceof Float32Array) return value;
  if (ArrayBuffer.isView(value)) return Float32Array.from(value as ArrayLike<number>, Number);
  return Float32Array.of(Number(value));
}

/** Reads an attribute of names. Attributes are limited to 64 KiB, so Keras splits longer ones into numbered parts. */
function namesIn({ attrs }: Group, attribute: string): string[] | undefined {
  if (attrs[attribute]) return stringsOf(attrs[attribute]);
  if (!attrs[`${attribute}0`]) return undefined;
  const names: string[] = [];
  for (let part = 0; attrs[`${attribute}${part}`]; part++) {
    names.push(...stringsOf(attrs[`${attribute}${part}`]));
    if (names.length > maxNames) fail(`its "${attribute}" has more than ${maxNames} names`);
  }
  return names;
}

function stringsOf({ name, value, metadata }: Attribute): string[] {
  // Keras writes an empty list as a list of numbers.
  if (ArrayBuffer.isView(value) && value.byteLength === 0) return [];
  if (!Array.isArray(value) || !value.every((each) => typeof each === 'string')) {
    fail(`an attribute "${name}" does not hold a list of names`);
  }
  // Keras declares UTF-8 as ASCII: it names the 32nd block of a stage "\x80".
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
  // The library converts everything except 16-bit floats, for which JavaScript has no array.
  if (!(dtype in elementBytes) || dtype === 'F16')
    fail(`"${path}" does not contain readable numbers`);
  return dtype as TensorType;
}

function shapeOf({ shape, path }: Dataset): number[] {
  return shape ?? fail(`"${path}" is empty`);
}
