import { fail } from '../../weights/fail';
import type { TensorType } from '../../weights/tensor-types';
import { InertGlobal, InertObject } from './inert';
import { PickledStorage, PickledTensor, StorageType } from './pickled-tensor';
import type { PickleHost, PickleValue } from './pickle-machine';

const storageTypes: Readonly<Record<string, TensorType>> = {
  'torch.FloatStorage': 'F32',
  'torch.DoubleStorage': 'F64',
  'torch.HalfStorage': 'F16',
  'torch.BFloat16Storage': 'BF16',
  'torch.LongStorage': 'I64',
  'torch.IntStorage': 'I32',
  'torch.ShortStorage': 'I16',
  'torch.CharStorage': 'I8',
  'torch.ByteStorage': 'U8',
  'torch.BoolStorage': 'BOOL',
  'torch.storage.UntypedStorage': 'U8',
};

/** Names of types, which some scripts save with the weights. */
const typeNames = [
  'float64',
  'float32',
  'float16',
  'bfloat16',
  'int64',
  'int32',
  'int16',
  'int8',
  'uint8',
  'bool',
  'complex64',
  'complex128',
];

const maxAxes = 8;

/** All names in pickles of weights; any other name becomes inert. */
const globals: ReadonlyMap<string, PickleValue> = new Map<string, PickleValue>([
  ['collections.OrderedDict', orderedDict],
  ['torch.Size', ([sides]: readonly PickleValue[]) => counts(sides, "a tensor's size")],
  ['torch._utils._rebuild_tensor', rebuildTensor],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['torch._utils._rebuild_parameter', rebuildParameter],
  ['torch._utils._rebuild_parameter_with_state', rebuildParameter],
  ['torch._tensor._rebuild_from_type_v2', rebuildSubclass],
  ...Object.entries(storageTypes).map(([name, dtype]) => [name, new StorageType(dtype)] as const),
  ...typeNames.map((name) => [`torch.${name}`, name] as const),
]);

/** Creates the tensors of torch.save, and inert objects for everything else. */
export const torchHost: PickleHost = {
  global: (module, name) => globals.get(`${module}.${name}`) ?? new InertGlobal(module, name),
  persistent: (id) => {
    // Before PyTorch 1.6, custom classes were saved with their source code.
    if (Array.isArray(id) && id[0] === 'module' && id[1] instanceof InertGlobal) return id[1];
    if (!Array.isArray(id) || id[0] !== 'storage')
      return fail('its pickle refers to something other than a storage');
    const [, type, key, , length, view] = id as PickleValue[];
    if (type instanceof InertGlobal) {
      return fail(
        `its pickle has a ${type.name}, whose numbers are not read; save it in float32: tensor.dequantize(), tensor.float()`,
      );
    }
    if (!(type instanceof StorageType)) return fail('its pickle has a storage without a type');
    if (typeof key !== 'string') return fail('its pickle has a storage without a key');
    if (view !== undefined && view !== null)
      fail('its pickle has a view of a storage, as PyTorch before 0.4 wrote them');
    return new PickledStorage(type.dtype, key, count(length, "a storage's length"));
  },
};

/** Creates an empty dict, whose items follow one by one: a call that copies a list could be repeated to fill the memory. */
function orderedDict(args: readonly PickleValue[]): Map<PickleValue, PickleValue> {
  return args.length === 0
    ? new Map()
    : fail('its pickle creates an ordered dict from a list, as Python 2 did');
}

function rebuildTensor([storage, offset, shape, strides]: readonly PickleValue[]): PickledTensor {
  if (!(storage instanceof PickledStorage))
    return fail('its pickle has a tensor without a storage');
  const sides = counts(shape, "a tensor's size");
  const steps = counts(strides, "a tensor's strides");
  if (sides.length !== steps.length)
    fail('its pickle has a tensor with more or fewer strides than sides');
  return new PickledTensor(storage, count(offset, "a tensor's offset"), sides, steps);
}

function rebuildParameter([tensor]: readonly PickleValue[]): PickledTensor {
  return tensor instanceof PickledTensor
    ? tensor
    : fail('its pickle has a parameter without a tensor');
}

/** Creates a tensor of a subclass, as fastai and torchvision define them. */
function rebuildSubclass([rebuild, , args]: readonly PickleValue[]): PickleValue {
  const known = [rebuildTensor, rebuildParameter].find((each) => each === rebuild);
  if (!known) return new InertObject('torch._tensor._rebuild_from_type_v2');
  return Array.isArray(args) ? known(args) : fail('its pickle has a tensor without arguments');
}

function counts(value: PickleValue, what: string): readonly number[] {
  if (!Array.isArray(value) || value.length > maxAxes)
    return fail(`${what} in its pickle is not a list of sizes`);
  return value.map((each) => count(each, what));
}

function count(value: PickleValue, what: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  return fail(`${what} in its pickle is not an integer`);
}
