import { type FileHandle, open } from 'node:fs/promises';
import { SafetensorsError } from '../errors';
import { readBytes } from './read-bytes';
import { maxHeaderBytes, parseHeader, type SafetensorsEntry } from './safetensors-header';
import { shown } from './fail';
import { toFloat32 } from './tensor-types';
import type { WeightsSource } from './weights-source';

/** An open safetensors file with a valid header. */
export interface SafetensorsFile extends WeightsSource {
  readonly metadata: Readonly<Record<string, string>>;
  /** Tensors by name, in the order of their data; `begin` and `end` are bytes from the start of the file. */
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
  close(): Promise<void>;
}

/**
 * Opens a safetensors file and checks every field of its header; tensors are read one at a time, on request.
 * https://github.com/huggingface/safetensors#format
 * @throws SafetensorsError saying where the file goes wrong
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const file = await open(path, 'r');
  try {
    return await readHeader(path, file);
  } catch (error) {
    await file.close();
    throw error instanceof RangeError ? new SafetensorsError(path, error.message) : error;
  }
}

async function readHeader(path: string, file: FileHandle): Promise<SafetensorsFile> {
  const { size } = await file.stat();
  if (size < 8) throw new RangeError(`it has ${size} bytes, too few for a header's length`);
  const length = new DataView(await readBytes(file, 0, 8)).getBigUint64(0, true);
  if (length > size - 8) {
    throw new RangeError(`its header would take ${length} bytes, but only ${size - 8} follow`);
  }
  if (length > maxHeaderBytes) {
    throw new RangeError(`its header takes ${length} bytes, more than ${maxHeaderBytes}`);
  }
  const json = new Uint8Array(await readBytes(file, 8, Number(length)));
  const { metadata, tensors } = parseHeader(json, size);
  return {
    metadata,
    tensors,
    read: async (name) => {
      const entry = tensors.get(name);
      if (!entry)
        throw new SafetensorsError(path, `it does not contain the tensor "${shown(name)}"`);
      try {
        return toFloat32(entry.dtype, await readBytes(file, entry.begin, entry.end - entry.begin));
      } catch (error) {
        throw error instanceof RangeError
          ? new SafetensorsError(path, `"${shown(name)}": ${error.message}`)
          : error;
      }
    },
    close: () => file.close(),
  };
}
