import type { FileHandle } from 'node:fs/promises';
import { fail } from '../../weights/fail';
import { elementBytes } from '../../weights/tensor-types';
import { readBytes } from '../../weights/read-bytes';
import { maxPickleBytes, type PickledFile } from './pickled-file';
import type { PickledStorage } from './pickled-tensor';
import { torchHost } from './torch-globals';
import type { PickleHost, PickleValue } from './pickle-machine';
import { Unpickler } from './unpickler';

const magic = 0x1950a86a20f9469cfc6cn;
const version = 1001;

/**
 * Opens a file in the format of torch.save before PyTorch 1.6, which is still available on request: pickles of a magic
 * number, a version, the machine's byte order, the object and the storages' keys; then each storage, preceded by its
 * length.
 * @throws RangeError saying what is wrong
 */
export async function openLegacyForm(file: FileHandle): Promise<PickledFile> {
  const { size } = await file.stat();
  const bytes = Buffer.from(await readBytes(file, 0, Math.min(size, maxPickleBytes)));
  const storages = new Map<string, PickledStorage>();
  const host: PickleHost = {
    ...torchHost,
    persistent: (id) => {
      const storage = torchHost.persistent(id) as PickledStorage;
      const known = storages.get(storage.key);
      if (known && (known.dtype !== storage.dtype || known.length !== storage.length)) {
        fail(`its storage "${storage.key}" has two types or lengths`);
      }
      storages.set(storage.key, known ?? storage);
      return known ?? storage;
    },
  };
  let position = 0;
  const next = (): PickleValue => {
    const unpickler = new Unpickler(bytes, position, host);
    const value = unpickler.load();
    ({ position } = unpickler);
    return value;
  };
  if (!startsAsSaved(next)) {
    fail(
      'it is a pickle, but not one of torch.save; save the weights with it: torch.save(model.state_dict(), …)',
    );
  }
  if (next() !== version) fail(`it is not of version ${version}`);
  const system = next();
  const root = next();
  const places = await locateStorages(file, size, { keys: next(), position, storages });
  return {
    root,
    littleEndian: !(system instanceof Map) || system.get('little_endian') !== false,
    storageBytes: (key) => places.get(key)?.bytes,
    readStorage: (key, begin, length) => readBytes(file, places.get(key)!.begin + begin, length),
  };
}

/** Whether the first pickle is the magic number: of any other, what is wrong in it is not the reason. */
function startsAsSaved(first: () => PickleValue): boolean {
  try {
    return first() === magic;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Bytes before a storage: its number of elements. */
const lengthBytes = 8;

async function locateStorages(
  file: FileHandle,
  size: number,
  data: { keys: PickleValue; position: number; storages: ReadonlyMap<string, PickledStorage> },
): Promise<Map<string, { begin: number; bytes: number }>> {
  if (!Array.isArray(data.keys)) return fail('its list of storages is not a list');
  const places = new Map<string, { begin: number; bytes: number }>();
  let { position } = data;
  for (const key of data.keys as PickleValue[]) {
    const storage = data.storages.get(key as string);
    if (!storage || places.has(storage.key))
      return fail(`it lists a storage twice, or one that it does not use`);
    const begin = position + lengthBytes;
    const bytes = storage.length * elementBytes[storage.dtype];
    if (!(begin + bytes <= size)) {
      fail(
        `its storage "${storage.key}" ends at byte ${begin + bytes}, but the file has only ${size}`,
      );
    }
    const length = new DataView(await readBytes(file, position, lengthBytes)).getBigInt64(0, true);
    if (length !== BigInt(storage.length)) {
      fail(
        `its storage "${storage.key}" has ${length} elements where its pickle says ${storage.length}`,
      );
    }
    places.set(storage.key, { begin, bytes });
    position = begin + bytes;
  }
  if (position !== size) fail(`${size - position} bytes at its end belong to no storage`);
  return places;
}
