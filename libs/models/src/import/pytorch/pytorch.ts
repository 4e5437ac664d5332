import { open } from 'node:fs/promises';
import { fail, shown } from '../../weights/fail';
import { elementBytes, toFloat32 } from '../../weights/tensor-types';
import { explained } from '../explained';
import type { FileTensors, WeightsReader } from '../weights-format';
import { openLegacyForm } from './legacy-form';
import type { PickledFile } from './pickled-file';
import type { PickledTensor } from './pickled-tensor';
import { findStateDict } from './state-dict';
import { openZipForm } from './zip-form';

const zipStart = Buffer.from('PK\x03\x04');

/**
 * Reads `.pth` and `.pt` files of torch.save with a state dict or a training script's checkpoint. timm's and torchvision's
 * names are the network's own. The pickle is read without running anything in it.
 */
export const pytorch: WeightsReader = {
  format: 'pytorch',
  severalFiles: false,
  sharded: true,
  recognizes: ({ first }) => isZip(first) || (first[0] === 0x80 && first[1] >= 2 && first[1] <= 5),
  open: ([{ path }]) => openPytorch(path),
};

async function openPytorch(path: string): Promise<FileTensors> {
  const file = await open(path, 'r');
  try {
    return await explained(path, 'PyTorch', async () => {
      const start = await file.read(Buffer.alloc(4), 0, 4, 0);
      const pickled = await (isZip(start.buffer) ? openZipForm(path, file) : openLegacyForm(file));
      const { tensors: stateDict, notes } = findStateDict(pickled.root);
      for (const { name, tensor } of stateDict.values()) checkStorage(pickled, name, tensor);
      const tensors = [...stateDict].map(([name, { tensor }]) => {
        return [name, { dtype: tensor.storage.dtype, shape: tensor.shape }] as const;
      });
      return {
        format: 'pytorch',
        tensors: new Map(tensors),
        notes,
        read: (name) =>
          explained(path, 'PyTorch', () => readTensor(pickled, stateDict.get(name)!.tensor)),
        nameInFile: (name) => stateDict.get(name)?.name,
        close: () => file.close(),
      };
    });
  } catch (error) {
    await file.close();
    throw error;
  }
}

function isZip(start: Buffer): boolean {
  return start.subarray(0, 4).equals(zipStart);
}

function checkStorage(pickled: PickledFile, name: string, { storage }: PickledTensor): void {
  const bytes = pickled.storageBytes(storage.key);
  const expected = storage.length * elementBytes[storage.dtype];
  if (bytes === undefined) fail(`"${shown(name)}" is in a storage that is not in the file`);
  if (bytes !== expected) {
    fail(
      `"${shown(name)}" is in a storage of ${bytes} bytes, but ${storage.length} elements of ${storage.dtype} take ${expected}`,
    );
  }
}

async function readTensor(pickled: PickledFile, tensor: PickledTensor): Promise<Float32Array> {
  const { storage, offset, extent } = tensor;
  const bytes = elementBytes[storage.dtype];
  const data = await pickled.readStorage(storage.key, offset * bytes, extent * bytes);
  if (!pickled.littleEndian) swapBytes(Buffer.from(data), bytes);
  return tensor.rowMajor(toFloat32(storage.dtype, data));
}

function swapBytes(data: Buffer, elementBytes: number): void {
  if (elementBytes === 2) data.swap16();
  else if (elementBytes === 4) data.swap32();
  else if (elementBytes === 8) data.swap64();
}
