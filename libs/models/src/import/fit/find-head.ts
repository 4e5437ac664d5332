import { shown } from '../../weights/fail';
import { asDense } from '../../weights/match-weights';

/** A tensor that is not part of the backbone, in PyTorch's terms. */
export interface Leftover {
  /** Name in the file. */
  name: string;
  /** The part of its name before the variable. */
  module: string;
  /** `weight`, `bias`, or any other. */
  variable: string;
  /** Shape in PyTorch's layout. */
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
  /** Number of features that the classifier receives. */
  features: number;
  /** The network's name of its classifier, in the file's notation. */
  ownModule: string;
  /** Prefix of the backbone's names in the file; may be empty. */
  prefix: string;
  /** Separator of modules in names. */
  separator: string;
}

interface FoundHead {
  /** The classifier's tensors. */
  weight?: Leftover;
  bias?: Leftover;
  /** Why the tensors are not a single classifier, as a full sentence. */
  problem?: string;
  /** Everything there, where some of it would change what the network computes. */
  extras: readonly Leftover[];
  /** Tensors that are irrelevant to the network. */
  leftOut: Leftover[];
}

/** Maximum number of layers that a message names. */
const maxListed = 5;

/** What a norm has of its variables: two of them at least, with or without a scale. */
const normVariables = new Set(['weight', 'bias', 'running_mean', 'running_var']);
/** What matrices and kernels are called, also within a parametrization or a recurrent cell. */
const weightNames = /weight|kernel|original|variable/;

/**
 * Finds the classifier among the tensors outside the backbone: by its name, or as the only dense layer that takes the
 * features. If there is another layer before or after it, there is no classifier, as that layer would be lost.
 */
export function findHead(search: HeadSearch): FoundHead {
  const layers = layersOf(search.leftovers, search.features);
  const takers = layers.filter((layer) => widths(layer)?.[1] === search.features);
  const own = takers.find(({ module }) => module === search.ownModule);
  const head = own ?? (takers.length === 1 ? takers[0] : undefined);
  const others = layers.filter((layer) => layer !== head);
  const added = others.filter((layer) => isPart(layer, head, search));
  if (head && added.length === 0) return found(head, search.leftovers);
  // Without such a dense layer there is no classifier, unless other layers form one.
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
  return `The classifier in the file is not a single dense layer like the network's: ${listed.join(', ')}${more}. Set replaceHead to start a new one for your labels.`;
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

/** Returns a dense layer's numbers of outputs and inputs; undefined for any other layer. */
function widths({ weight, bias }: Layer): readonly [outputs: number, inputs: number] | undefined {
  const [outputs, inputs, ...more] = asDense(weight?.shape ?? []);
  if (inputs === undefined || more.length > 0) return undefined;
  return bias?.shape.length === 1 && bias.shape[0] === outputs ? [outputs, inputs] : undefined;
}

/** Returns whether a layer is part of the network in addition to its backbone and the classifier. */
function isPart(layer: Layer, head: Layer | undefined, search: HeadSearch): boolean {
  const { prefix, separator, features } = search;
  const inputs = widths(layer)?.[1];
  if (inputs === features || (head && inputs === widths(head)![0])) return true;
  const region = head ? commonParent(prefix, head.module, separator) : prefix;
  return layer.module.startsWith(region);
}

/** Returns the longest common start of a prefix and a module's name, up to a separator. */
function commonParent(prefix: string, module: string, separator: string): string {
  let end = 0;
  while (end < prefix.length && prefix[end] === module[end]) end++;
  return prefix.slice(0, prefix.lastIndexOf(separator, end - 1) + 1);
}
