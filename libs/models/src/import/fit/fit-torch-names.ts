import { shown } from '../../weights/fail';
import type { TensorMapping } from '../map-tensors';
import type { FileTensors } from '../weights-format';
import { findHead, type Leftover } from './find-head';
import { findPrefix, isAverage } from './find-prefix';
import type { Fit, FitOptions } from './fit';
import type { Network } from './network';
import { freeName, headNote, leftOutNote } from './notes';

/** Modules that torch.compile and sharded training insert into names. */
const wrappers = new Set(['_orig_mod', '_fsdp_wrapped_module', '_checkpoint_wrapped_module']);

/** Reads tensors with PyTorch's names and layouts as a network's, with any prefix and any name of the classifier. */
export function fitTorchNames(
  file: FileTensors,
  network: Network,
  { replaceHead }: FitOptions,
): Fit {
  const inFile = unwrapped(file.tensors.keys());
  const shapes = new Map([...inFile].map(([name, from]) => [name, file.tensors.get(from)!]));
  const { prefix, matched, others, ambiguous } = findPrefix(shapes, network);
  const mappings = new Map<string, TensorMapping>();
  const map = (name: string, from: string) => {
    mappings.set(name, { from: inFile.get(from)!, shape: shapes.get(from)!.shape });
  };
  const left = new Set(shapes.keys());
  for (const { name, head } of network.specs) {
    if (head || !left.delete(prefix + name)) continue;
    map(name, prefix + name);
  }
  const complete = matched === network.backbone.length && ambiguous.length === 0;
  const leftovers = [...left].map((name) => leftoverOf(name, shapes.get(name)!.shape));
  const isOther = ({ name }: Leftover) => others.some((other) => name.startsWith(other));
  const stray = leftovers.filter((each) => !isOther(each) && isInBackbone(each, prefix, network));
  const rest = leftovers.filter((each) => !isOther(each) && !stray.includes(each));
  const { weight, bias } = network.head;
  const ownModule = prefix + weight.name.slice(0, weight.name.lastIndexOf('.'));
  const search = { leftovers: rest, features: network.features, ownModule, prefix };
  const head = findHead({ ...search, separator: '.' });
  if (head.weight) map(weight.name, head.weight.name);
  if (head.bias) map(bias.name, head.bias.name);
  // Tensors with the classifier's own names keep them in messages.
  for (const { name } of head.weight ? [] : [weight, bias]) {
    if (left.has(prefix + name)) map(name, prefix + name);
  }
  const passed = complete ? [...head.leftOut, ...leftovers.filter(isOther)] : [];
  if (complete && replaceHead) passed.push(...head.extras);
  const taken = new Set([...mappings.values()].map(({ from }) => from));
  const passedNames = new Set(passed.map(({ name }) => name));
  for (const { name } of leftovers) {
    if (taken.has(inFile.get(name)!) || passedNames.has(name)) continue;
    map(freeName(name, mappings), name);
  }
  return {
    network,
    mappings,
    matched,
    complete: complete && stray.length === 0,
    notes: complete
      ? [
          ...prefixNote(prefix),
          ...(replaceHead ? [] : headNote(head.weight, ownModule)),
          ...leftOutNote(passed.map(({ name }) => name)),
        ]
      : [],
    hints: hintsOf(ambiguous, complete && !replaceHead ? head.problem : undefined),
    nameInFile: (name) => mappings.get(name)?.from ?? prefix + name,
  };
}

/** Removes wrappers from names; if two become the same, the second is unchanged. */
function unwrapped(names: Iterable<string>): Map<string, string> {
  const result = new Map<string, string>();
  for (const name of names) {
    const plain = name.includes('_') ? name.split('.').filter(isOwn).join('.') : name;
    result.set(result.has(plain) ? name : plain, name);
  }
  return result;
}

function isOwn(module: string): boolean {
  return !wrappers.has(module);
}

function leftoverOf(name: string, shape: readonly number[]): Leftover {
  const end = name.lastIndexOf('.');
  return { name, module: name.slice(0, Math.max(0, end)), variable: name.slice(end + 1), shape };
}

/** Returns whether a tensor's name belongs to the backbone, although the network does not have it. */
function isInBackbone({ name }: Leftover, prefix: string, { scopes }: Network): boolean {
  return name.startsWith(prefix) && scopes.has(name.slice(prefix.length).split('.', 1)[0]);
}

function prefixNote(prefix: string): string[] {
  if (prefix === '') return [];
  const average = isAverage(prefix) ? ', a moving average' : '';
  return [`The weights are those with names that begin with "${shown(prefix)}"${average}.`];
}

function hintsOf(ambiguous: readonly string[], problem: string | undefined): string[] {
  if (ambiguous.length === 0) return problem ? [problem] : [];
  const prefixes = ambiguous.map((prefix) => `"${shown(prefix)}"`).join(', ');
  return [
    `The file contains several such networks, with names that begin with ${prefixes}: save only one of them.`,
  ];
}
