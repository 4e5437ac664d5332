import type { Architecture } from '../../architectures/architecture';
import { cost } from '../../interpreters/cost/cost';
import type { TensorSpec } from '../../net/tensor-spec';

/** The properties of an architecture that fitting needs. */
export interface Network {
  architecture: Architecture;
  /** Tensors for one class, in state-dict order. */
  specs: readonly TensorSpec[];
  /** All required tensors except the classifier. */
  backbone: readonly TensorSpec[];
  /** The classifier's two tensors, [1, features] and [1]. */
  head: { weight: TensorSpec; bias: TensorSpec };
  /** Number of features that the classifier receives. */
  features: number;
  /** First components of the backbone's names, without those that the classifier shares. */
  scopes: ReadonlySet<string>;
}

const networks = new WeakMap<Architecture, Network>();

/** Returns an architecture's network, which is computed once. */
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
