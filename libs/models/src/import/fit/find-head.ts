import { shown } from '../../weights/fail';
import { asDense } from '../../weights/match-weights';

/** A tensor that the backbone has no place for, in PyTorch's terms. */
export interface Leftover {
  /** In the file. */
  name: string;
  /** What its name is before its variable's. */
  module: string;
  /** `weight`, `bias`, or any other. */
  variable: string;
  /** In PyTorch's layout. */
  shape: readonly number[];
}

/** A module that computes: it has a matrix or a kernel, or is a norm. */
interface Layer {
  module: string;
  /** What a message shows of it. */
  main: Leftover;
  weight?: Leftover;
  bias?: Leftover;
}

interface HeadSearch {
  leftovers: readonly Leftover[];
  /** Numbers that the classifier is given. */
  features: number;
  /** What the network calls its classifier, as the file would write it. */
  ownModule: string;
  /** What the backbone's names begin with in the file; empty: nothing. */
  prefix: string;
  /** What separates modules in names. */
  separator: string;
}

interface FoundHead {
  /** The classifier's tensors. */
  weight?: Leftover;
  bias?: Leftover;
  /** Why what is there is not one classifier: a whole sentence. */
  problem?: string;
  /** Everything there, where some of it would change what the network computes. */
  extras: readonly Leftover[];
  /** What says nothing of the network. */
  leftOut: Leftover[];
}

/** Layers that a message names. */
const maxListed = 5;

/** What a norm has of its variables: two of them at least, with or without a scale. */
const normVariables = new Set(['weight', 'bias', 'running_mean', 'running_var']);
/** What matrices and kernels are called, also within a parametrization or a recurrent cell. */
const weightNames = /weight|kernel|original|variable/;

/**
 * Finds the classifier among what is not the backbone's: under its own name, or the only dense layer that takes the
 * features. A second layer before or after it would be lost, so there is no classifier then.
 */
export function findHead(search: HeadSearch): FoundHead {
  const layers = layersOf(search.leftovers, search.features);
  const takers = layers.filter((layer) => widths(layer)?.[1] === search.features);
  const own = takers.find(({ module }) => module === search.ownModule);
  const head = own ?? (takers.length === 1 ? takers[0] : undefined);
  const others = layers.filter((layer) => layer !== head);
  const added = others.filter((layer) => isPart(layer, head, search));
  if (head && added.length === 0) return found(head, search.leftovers);
  // Without a taker there is no classifier, unless layers that are no dense ones of the features' width are one.
  const parts = [...(head ? [head] : []), ...(added.length > 0 ? added : takers)];
  if (parts.length === 0) return found(undefined, search.leftovers);
  return {
    problem: problemOf(parts, search.features),
    extras: search.leftovers,
    leftOut: [],
  };
}

function found(head: Layer | undefined, leftovers: readonly Leftover[]): FoundHead {
  const rest = leftovers.filter((each) => each !== head?.weight && each !== head?.bias);
  return { weight: head?.weight, bias: head?.bias, extras: [], leftOut: rest };
}

function problemOf(parts: readonly Layer[], features: number): string {
  const [only] = parts;
  const [outputs, inputs] = asDense(only.weight?.shape ?? []);
  if (parts.length === 1 && !only.bias && inputs === features) {
    return `The classifier in the file, ${shown(only.module)} [${outputs}, ${inputs}], has no bias, as the network's has. If it is a plain dense layer, save it with a bias of ${outputs} zeros; otherwise set replaceHead to start a new one for your labels.`;
  }
  const listed = parts.slice(0, maxListed).map(({ module, main }) => {
    return `${shown(module)} [${main.shape.slice(0, 8).join(', ')}]`;
  });
  const more = parts.length > maxListed ? ` and ${parts.length - maxListed} more` : '';
  return `The classifier in the file is not one dense layer, as the network's is: ${listed.join(', ')}${more}. Set replaceHead to start a new one for your labels.`;
}

function layersOf(leftovers: readonly Leftover[], features: number): Layer[] {
  const modules = new Map<string, Leftover[]>();
  for (const leftover of leftovers) {
    const { module } = leftover;
    modules.set(module, [...(modules.get(module) ?? []), leftover]);
  }
  return [...modules].flatMap(([module, tensors]) => {
    const called = (name: string) => tensors.find(({ variable }) => variable === name);
    const [weight, bias] = [called('weight'), called('bias')];
    const matrix = tensors.find(
      ({ variable, shape }) => shape.length > 1 && weightNames.test(variable),
    );
    const norm = tensors.filter(({ variable }) => normVariables.has(variable));
    // A weight of one axis by itself is a loss's, of its classes, unless it scales the features.
    const isNorm = norm.length > 1 || weight?.shape[0] === features;
    const main = matrix ?? (isNorm ? norm[0] : undefined);
    return main ? [{ module, main, ...(weight ? { weight } : {}), ...(bias ? { bias } : {}) }] : [];
  });
}

/** A dense layer's outputs and inputs; undefined for any other. */
function widths({ weight, bias }: Layer): readonly [outputs: number, inputs: number] | undefined {
  const [outputs, inputs, ...more] = asDense(weight?.shape ?? []);
  if (inputs === undefined || more.length > 0) return undefined;
  return bias?.shape.length === 1 && bias.shape[0] === outputs ? [outputs, inputs] : undefined;
}

/** Whether a layer belongs to the network beside its backbone and the classifier. */
function isPart(layer: Layer, head: Layer | undefined, search: HeadSearch): boolean {
  const { prefix, separator, features } = search;
  const inputs = widths(layer)?.[1];
  if (inputs === features || (head && inputs === widths(head)![0])) return true;
  const region = head ? commonParent(prefix, head.module, separator) : prefix;
  return layer.module.startsWith(region);
}

/** The longest beginning that a prefix and a module's name share, up to a separator. */
function commonParent(prefix: string, module: string, separator: string): string {
  let end = 0;
  while (end < prefix.length && prefix[end] === module[end]) end++;
  return prefix.slice(0, prefix.lastIndexOf(separator, end - 1) + 1);
}
