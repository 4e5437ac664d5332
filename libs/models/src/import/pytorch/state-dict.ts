import { fail, shown } from '../../weights/fail';
import { InertObject } from './inert';
import { PickledTensor } from './pickled-tensor';
import type { PickleValue } from './pickle-machine';

/** Keys of moving averages in training scripts' checkpoints, which are more accurate than the weights. */
const averages = ['state_dict_ema', 'model_ema', 'ema_state_dict', 'net_ema', 'ema'];
/** Keys of weights in checkpoints of timm, torchvision, Lightning and PyTorch's tutorials. */
const wrappers = ['state_dict', 'model', 'model_state_dict', 'net', 'network'];

/** Matches the prefixes of DataParallel and torch.compile. */
const prefixes = /^(?:module\.|_orig_mod\.)+/;

/** Names to ignore: the counter of PyTorch's AveragedModel. */
const passedOver = new Set(['n_averaged']);

/** Maximum depth of nested dicts of tensors. */
const maxDepth = 4;
const maxListed = 10;

/** A tensor with its name in the file. */
interface NamedTensor {
  name: string;
  tensor: PickledTensor;
}

interface StateDict {
  /** Tensors by name, without the prefixes of DataParallel and the like. */
  tensors: Map<string, NamedTensor>;
  /** What was chosen and what was ignored, in full sentences for users. */
  notes: string[];
}

type Items = ReadonlyMap<PickleValue, PickleValue>;

/** Also one of a kind that is not read: sparse, quantized, in eight bits, without values. */
type AnyTensor = PickledTensor | InertObject;

/** By which PyTorch makes tensors. */
const tensorMakers = /^torch\.\w+\._rebuild_\w+$/;

/**
 * Finds the weights in a saved object: a state dict, or an object that contains one.
 * @throws RangeError if there are none
 */
export function findStateDict(root: PickleValue): StateDict {
  const items = itemsOf(root);
  if (!items) return fail(`it does not contain a state dict, but ${describe(root)}`);
  const { dict, notes } = choose(items);
  const tensors = new Map<string, NamedTensor>();
  const taken = new Set<string>();
  for (const [name, tensor] of dict) {
    const plain = name.replace(prefixes, '');
    if (passedOver.has(plain)) continue;
    if (tensor instanceof InertObject) {
      fail(
        `"${shown(name)}" is a tensor of a kind that is not read (${tensor.kind}); save it dense, in float32: tensor.to_dense(), tensor.dequantize(), tensor.float()`,
      );
    }
    const other = tensors.get(plain);
    if (other) {
      fail(`"${shown(other.name)}" and "${shown(name)}" are the same tensor of the network`);
    }
    tensors.set(plain, { name, tensor });
    if (plain !== name) taken.add(name.slice(0, -plain.length));
  }
  for (const prefix of [...taken].slice(0, maxListed)) {
    notes.push(`The prefix "${shown(prefix)}" was removed from names.`);
  }
  return tensors.size > 0 ? { tensors, notes } : refuse(root, items);
}

function choose(root: Items): { dict: Map<string, AnyTensor>; notes: string[] } {
  const direct = [...root].filter(isNamedTensor);
  const inside = new Map<string, Map<string, AnyTensor>>();
  for (const [key, value] of root) {
    if (typeof key !== 'string' || !itemsOf(value)) continue;
    const found = tensorsIn(value);
    if (found.size > 0) inside.set(key, found);
  }
  const known = [...averages, ...wrappers].find((key) => inside.has(key));
  if (known === undefined && direct.length > 0) return { dict: new Map(direct), notes: [] };
  const only = known ?? (inside.size === 1 ? [...inside.keys()][0] : undefined);
  if (only !== undefined) {
    const others = [...root.keys()].filter((key) => key !== only);
    return { dict: inside.get(only)!, notes: [chosenNote(only, others)] };
  }
  // Parts of one network, or several networks, depending on their names.
  const parts = [...inside].flatMap(([key, dict]) => {
    return [...dict].map(([name, tensor]) => [`${key}.${name}`, tensor] as const);
  });
  return { dict: new Map(parts), notes: [] };
}

function chosenNote(key: string, others: readonly PickleValue[]): string {
  const average = averages.includes(key) ? ', a moving average,' : '';
  const listed = others.slice(0, maxListed).map((other) => `"${shown(String(other))}"`);
  const more = others.length > maxListed ? ` and ${others.length - maxListed} more` : '';
  const rest = listed.length > 0 ? ` Ignored: ${listed.join(', ')}${more}.` : '';
  return `The weights are those under "${shown(key)}"${average} in the file.${rest}`;
}

/** Returns all tensors in a dict and its nested dicts by path; dicts with other keys than strings belong to optimizers. */
function tensorsIn(value: PickleValue): Map<string, AnyTensor> {
  const found = new Map<string, AnyTensor>();
  const seen = new Set<PickleValue>();
  const visit = (parent: PickleValue, path: string, depth: number) => {
    const items = itemsOf(parent);
    // Dicts may contain themselves, or each other many times.
    if (!items || depth > maxDepth || seen.has(parent)) return;
    seen.add(parent);
    for (const [key, child] of items) {
      if (typeof key !== 'string') continue;
      if (isTensor(child)) found.set(path + key, child);
      else visit(child, `${path}${key}.`, depth + 1);
    }
  };
  visit(value, '', 1);
  return found;
}

function isNamedTensor(entry: [PickleValue, PickleValue]): entry is [string, AnyTensor] {
  return typeof entry[0] === 'string' && isTensor(entry[1]);
}

function isTensor(value: PickleValue): value is AnyTensor {
  if (value instanceof InertObject) return tensorMakers.test(value.kind);
  return value instanceof PickledTensor;
}

function itemsOf(value: PickleValue): Items | undefined {
  if (value instanceof InertObject) return value.items.size > 0 ? value.items : undefined;
  return value instanceof Map ? value : undefined;
}

function describe(value: PickleValue): string {
  if (!(value instanceof InertObject)) return 'another object';
  return `an object of ${value.kind}, which is not run; save only the weights: torch.save(model.state_dict(), …)`;
}

function refuse(root: PickleValue, items: Items): never {
  const whole = [...items].find(([, value]) => value instanceof InertObject);
  const keys = [...items.keys()].slice(0, maxListed).map((key) => `"${shown(String(key))}"`);
  const found = keys.join(', ') || 'nothing';
  const reason = `it contains no named tensors, only ${found}; a state dict is needed`;
  if (root instanceof InertObject)
    return fail(`it contains no named tensors, but ${describe(root)}`);
  if (!whole) return fail(reason);
  return fail(`${reason}. "${shown(String(whole[0]))}" is ${describe(whole[1])}`);
}
