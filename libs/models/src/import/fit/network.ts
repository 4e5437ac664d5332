import type { Architecture } from '../../architectures/architecture';
import { cost } from '../../interpreters/cost/cost';
import type { TensorSpec } from '../../net/tensor-spec';

/** What fitting must know of an architecture. */
export interface Network {
  architecture: Architecture;
  /** Of one class, in state-dict order. */
  specs: readonly TensorSpec[];
  /** All that weights must have beside the classifier. */
  backbone: readonly TensorSpec[];
  /** The classifier's two tensors, [1, features] and [1]. */
  head: { weight: TensorSpec; bias: TensorSpec };
  /** Numbers that the classifier is given. */
  features: number;
  /** What the backbone's names start with, up to the first dot; without what the classifier's start with, too. */
  scopes: ReadonlySet<string>;
}

const networks = new WeakMap<Architecture, Network>();

/** Returns an architecture's network; it is worked out once. */
export function networkOf(architecture: Architecture): Network {
  const known = networks.get(architecture);
  if (known) return known;
  const { tensors } = cost(architecture, { imageSize: architecture.trainImageSize, classes: 1 });
  const headSpecs = tensors.filter(({ head }) => head);
  const weight = headSpecs.find(({ shape }) => shape.length > 1)!;
  const bias = headSpecs.find(({ shape }) => shape.length === 1)!;
  const backbone = tensors.filter(({ head, role }) => !head && role !== 'counter');
  const scopes = new Set(backbone.map(({ name }) => topOf(name)));
  scopes.delete(topOf(weight.name));
  const network: Network = {
    architecture,
    specs: tensors,
    backbone,
    head: { weight, bias },
    features: weight.shape[1],
    scopes,
  };
  networks.set(architecture, network);
  return network;
}

function topOf(name: string): string {
  return name.split('.', 1)[0];
}
