import { fail } from '../../weights/fail';
import { PickledTensor } from './pickled-tensor';
import type { PickleValue } from './unpickler';

/** Where training scripts keep weights, the moving average first: timm's, torchvision's, PyTorch's tutorials. */
const wrappers = ['state_dict_ema', 'model_ema', 'state_dict', 'model', 'model_state_dict'];

/** What wraps a model puts before its names: DataParallel and torch.compile. */
const prefixes = /^(?:module\.|_orig_mod\.)+/;

/** Kept beside weights by PyTorch's AveragedModel, which counts what it has averaged. */
const passedOver = new Set(['n_averaged']);

/** A tensor with its name in the file. */
export interface NamedTensor {
  name: string;
  tensor: PickledTensor;
}

/**
 * The weights in what was saved: a state dict, or an object around it.
 * @returns by name, without what DataParallel and the like put before it
 * @throws RangeError when there are none
 */
export function findStateDict(root: PickleValue): Map<string, NamedTensor> {
  if (!(root instanceof Map)) return fail('it holds no state dict, but another object');
  const wrapper = wrappers.find((key) => root.get(key) instanceof Map);
  const dict: Map<PickleValue, PickleValue> = wrapper === undefined ? root : root.get(wrapper);
  const found = new Map<string, NamedTensor>();
  for (const [name, tensor] of dict) {
    if (typeof name !== 'string' || !(tensor instanceof PickledTensor)) continue;
    const plain = name.replace(prefixes, '');
    if (passedOver.has(plain)) continue;
    const other = found.get(plain);
    if (other) fail(`"${other.name}" and "${name}" are the same tensor of the network`);
    found.set(plain, { name, tensor });
  }
  if (found.size > 0) return found;
  const keys = [...dict.keys()].slice(0, 10).map((key) => JSON.stringify(String(key).slice(0, 50)));
  return fail(
    `it holds no tensors by name, only ${keys.join(', ') || 'nothing'}; a state dict is needed`,
  );
}
