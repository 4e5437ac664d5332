import type { FileHandle } from 'node:fs/promises';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { fail, shown } from '../../weights/fail';
import { isOfSystem } from '../../weights/system-error';
import { readBytes } from '../../weights/read-bytes';
import { crc32 } from '../crc32';
import { maxPickleBytes, type PickledFile } from './pickled-file';
import { torchHost } from './torch-globals';
import { Unpickler } from './unpickler';

/** An uncompressed file in the archive, as torch.save writes them. */
interface StoredFile {
  begin: number;
  bytes: number;
  crc32: number;
  compressed: boolean;
}

/** Maximum number of entries; a large network's checkpoint with moving averages and optimizer has ten thousand. */
const maxEntries = 2 ** 15;

/** Bytes per checksum update. */
const chunkBytes = 2 ** 20;

/**
 * Opens a file in the format of torch.save since PyTorch 1.6: a zip of `NAME/data.pkl`, `NAME/data/KEY` for each storage,
 * and `NAME/byteorder`.
 * @throws RangeError saying what is wrong
 */
export async function openZipForm(path: string, file: FileHandle): Promise<PickledFile> {
  const entries = await readDirectory(path);
  const pickles = [...entries.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  checkKind([...entries.keys()], pickles);
  const folder = pickles[0].slice(0, -'data.pkl'.length);
  const verified = new Set<string>();

  function stored(name: string): StoredFile | undefined {
    const entry = entries.get(name);
    if (!entry?.compressed) return entry;
    return fail(`"${shown(name)}" is compressed, which torch.save never does`);
  }
  async function verify(name: string, entry: StoredFile): Promise<void> {
    let sum = 0;
    for (let done = 0; done < entry.bytes; done += chunkBytes) {
      const length = Math.min(chunkBytes, entry.bytes - done);
      sum = crc32(new Uint8Array(await readBytes(file, entry.begin + done, length)), sum);
    }
    checkSum(name, entry, sum);
  }
  async function read(name: string, begin: number, length: number): Promise<ArrayBuffer> {
    const entry = stored(name)!;
    const whole = length === entry.bytes;
    if (!whole && !verified.has(name)) await verify(name, entry);
    const bytes = await readBytes(file, entry.begin + begin, length);
    if (whole) checkSum(name, entry, crc32(new Uint8Array(bytes)));
    else verified.add(name);
    return bytes;
  }
  async function readSmall(name: string, maxBytes: number): Promise<Buffer> {
    const { bytes } = stored(name)!;
    if (bytes > maxBytes) fail(`${name} takes ${bytes} bytes, more than ${maxBytes}`);
    return Buffer.from(await read(name, 0, bytes));
  }

  const order = `${folder}byteorder`;
  const littleEndian = !entries.has(order) || (await readSmall(order, 16)).toString() !== 'big';
  const pickle = await readSmall(pickles[0], maxPickleBytes);
  const nameOf = (key: string) => `${folder}data/${key}`;
  return {
    root: new Unpickler(pickle, 0, torchHost).load(),
    littleEndian,
    storageBytes: (key) => stored(nameOf(key))?.bytes,
    readStorage: (key, begin, length) => read(nameOf(key), begin, length),
  };
}

/**
 * Checks that a zip file comes from torch.save, and names other kinds in the error.
 * @param pickles the names that may be a state dict's pickle
 * @throws RangeError when it does not come from torch.save
 */
function checkKind(names: readonly string[], pickles: readonly string[]): void {
  if (names.some((name) => /^[^/]+\/(code\/|constants\.pkl$)/.test(name))) {
    fail(
      'it is TorchScript (torch.jit.save), a program with its weights, which is not run; save only the weights: torch.save(torch.jit.load(path).state_dict(), …)',
    );
  }
  if (pickles.length === 1) return;
  if (
    names.some((name) => /(^|\/)(serialized_exported_program\.json|archive_format)$/.test(name))
  ) {
    fail(
      'it is a program of torch.export, which is not run; save only the weights: torch.save(torch.export.load(path).state_dict, …)',
    );
  }
  const inside = names.find((name) => /\.(pth|pt|bin|ckpt|safetensors|h5|keras|onnx)$/.test(name));
  if (inside)
    fail(`it is a zip file that contains "${shown(inside)}": unpack it and upload that file`);
  if (names.some((name) => name.endsWith('.npy'))) {
    fail('it is a file of NumPy arrays (.npz); save them as safetensors or by torch.save');
  }
  fail('it is a zip file without a data.pkl, so it does not come from torch.save');
}

async function readDirectory(path: string): Promise<Map<string, StoredFile>> {
  let zip: ZipFile | undefined;
  try {
    zip = await openPromise(path, { autoClose: false, lazyEntries: true });
    if (zip.entryCount > maxEntries)
      fail(`it has ${zip.entryCount} entries, more than ${maxEntries}`);
    const entries = new Map<string, StoredFile>();
    for await (const entry of zip.eachEntry()) {
      if (entries.has(entry.fileName)) fail(`it has "${shown(entry.fileName)}" twice`);
      entries.set(entry.fileName, await locate(zip, entry));
    }
    return entries;
  } catch (error) {
    if (error instanceof RangeError || isOfSystem(error)) throw error;
    // All other errors of yauzl are problems of the archive.
    return fail(`its zip directory is damaged (${(error as Error).message})`);
  } finally {
    zip?.close();
  }
}

async function locate(zip: ZipFile, entry: Entry): Promise<StoredFile> {
  const { fileName, compressionMethod, compressedSize, uncompressedSize, crc32 } = entry;
  if (entry.isEncrypted()) fail(`"${shown(fileName)}" is encrypted`);
  const compressed = compressionMethod !== 0 || compressedSize !== uncompressedSize;
  const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
  if (!(fileDataStart + compressedSize <= zip.fileSize))
    fail(`"${shown(fileName)}" reaches beyond the end of the file`);
  return { begin: fileDataStart, bytes: compressedSize, crc32, compressed };
}

function checkSum(name: string, entry: StoredFile, found: number): void {
  if (found !== entry.crc32)
    fail(`"${shown(name)}" is damaged: it does not match its checksum in the zip directory`);
}
