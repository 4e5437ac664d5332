import { torchShape, toTorch } from '../../weights/layout';
import { fits } from '../../weights/match-weights';
import type { TensorSpec } from '../../net/tensor-spec';
import type { TensorMapping } from '../map-tensors';
import { type NameTable, variableNames, withoutOutput } from '../names/name-table';
import type { FileTensors, NamedTensors } from '../weights-format';
import { findHead, type Leftover } from './find-head';
import type { Fit, FitOptions } from './fit';
import type { Network } from './network';
import { freeName, headNote, leftOutNote } from './notes';

/** Keras's names of a layer's variables. */
const variables: Readonly<Record<string, string>> = {
  kernel: 'weight',
  depthwise_kernel: 'weight',
  bias: 'bias',
  gamma: 'weight',
  beta: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
};

/**
 * Reads tensors with Keras's names and layouts as a network's; the classifier may be any last dense layer.
 * @param tables candidates, of which the one that matches most names in the file is used
 * @returns undefined if such files never contain the network
 */
export function fitLayerNames(
  file: FileTensors,
  tables: readonly NameTable[],
  network: Network,
  { replaceHead }: FitOptions,
): Fit | undefined {
  const [best] = tables
    .map((table) => locate(table, file, network))
    .filter((located) => located !== undefined)
    .sort((a, b) => b.matched - a.matched || b.mappings.size - a.mappings.size);
  if (!best) return undefined;
  const { mappings, names, matched } = best;
  const complete = matched === network.backbone.length;
  const leftovers = best.left.map((name) => leftoverOf(name, file.tensors.get(name)!.shape));
  const { weight, bias } = network.head;
  const ownModule = moduleOf(mappings.get(weight.name)?.from ?? '');
  // An additional convolution belongs to another backbone, whatever the classifier.
  const stray = leftovers.filter(({ shape }) => shape.length > 2);
  const rest = leftovers.filter((each) => !stray.includes(each));
  const own = [weight, bias].flatMap(({ name }) => mappings.get(name)?.from ?? []);
  const search = {
    leftovers: [...own.map((name) => leftoverOf(name, file.tensors.get(name)!.shape)), ...rest],
    features: network.features,
    ownModule,
  };
  const head = findHead({ ...search, prefix: '', separator: '/' });
  const map = (spec: TensorSpec, from: string | undefined) => {
    if (from !== undefined) mappings.set(spec.name, mappingOf(spec, from, file));
  };
  map(weight, head.weight?.name);
  map(bias, head.bias?.name);
  const passed = complete ? head.leftOut : [];
  if (complete && replaceHead) passed.push(...head.extras);
  const taken = new Set([...mappings.values()].map(({ from }) => from));
  for (const { name } of leftovers) {
    if (taken.has(name) || passed.some((each) => each.name === name)) continue;
    mappings.set(freeName(name, mappings), { from: name, shape: file.tensors.get(name)!.shape });
  }
  const unused = passed.filter(({ name }) => !taken.has(name));
  return {
    network,
    mappings,
    matched,
    complete: complete && stray.length === 0,
    notes: complete
      ? [
          ...(replaceHead ? [] : headNote(head.weight, ownModule)),
          ...leftOutNote(unused.map(({ name }) => name)),
        ]
      : [],
    hints: complete && !replaceHead && head.problem ? [head.problem] : [],
    nameInFile: (name) => mappings.get(name)?.from ?? names.get(name),
  };
}

/** Returns the network's tensors that one table finds; undefined if it has no names for such a network. */
function locate(table: NameTable, file: NamedTensors, { specs, backbone }: Network) {
  const names = variableNames(specs, table.layers);
  if (!specs.every(({ name, role }) => role === 'counter' || names.has(name))) return undefined;
  const inFile = namesInFile(table, file);
  const mappings = new Map<string, TensorMapping>();
  for (const spec of specs) {
    const variable = names.get(spec.name);
    const from = variable && inFile.get(variable);
    if (!from) continue;
    inFile.delete(variable);
    mappings.set(spec.name, mappingOf(spec, from, file));
  }
  const fitting = (spec: TensorSpec) => {
    const mapping = mappings.get(spec.name);
    return mapping !== undefined && fits(spec, mapping.shape);
  };
  return { names, mappings, left: [...inFile.values()], matched: backbone.filter(fitting).length };
}

function mappingOf({ layout }: TensorSpec, from: string, file: NamedTensors): TensorMapping {
  const shape = torchShape(layout, file.tensors.get(from)!.shape);
  return { from, shape, convert: (values) => toTorch({ layout, shape }, values) };
}

/** Maps variables to names in the file, preferring moving averages. */
function namesInFile(table: NameTable, { tensors }: NamedTensors): Map<string, string> {
  const variables = new Map<string, string>();
  const averages = new Map<string, string>();
  for (const name of tensors.keys()) {
    const read = table.read(name);
    if (!read) continue;
    const names = read.average ? averages : variables;
    // If two tensors are the same variable, the second is reported under its own name.
    names.set(names.has(read.variable) ? name : read.variable, name);
  }
  return new Map([...variables, ...averages]);
}

function moduleOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('/')));
}

function leftoverOf(name: string, shape: readonly number[]): Leftover {
  const variable = withoutOutput(name.slice(name.lastIndexOf('/') + 1));
  return {
    name,
    module: moduleOf(name),
    variable: variables[variable] ?? variable,
    shape: shape.length === 2 ? torchShape('dense', shape) : shape,
  };
}
