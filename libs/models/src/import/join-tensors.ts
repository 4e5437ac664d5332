import { readFile, stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { WeightsFormatError } from '../errors';
import { fail, shown } from '../weights/fail';
import { explained } from './explained';
import type { FileTensors, WeightsFile } from './weights-format';

const indexEnding = '.index.json';
/** Maximum size of an index; that of a network with ten thousand tensors takes a megabyte. */
const maxIndexBytes = 2 ** 23;
const maxListed = 10;

/** Separates indexes of sharded weights, in the Hugging Face Hub's format, from the weights. */
export function splitIndexes(given: readonly WeightsFile[]): {
  indexes: WeightsFile[];
  files: WeightsFile[];
} {
  const isIndex = ({ name }: WeightsFile) => name.endsWith(indexEnding);
  const files = given.filter((file) => !isIndex(file));
  // An index without weights is opened like any file, and refused.
  return files.length > 0
    ? { indexes: given.filter(isIndex), files }
    : { indexes: [], files: [...given] };
}

/**
 * Opens weights that are split into several files, with each tensor complete in one of them.
 * @param indexes may name all required files
 * @throws WeightsFormatError naming missing files, or tensors that are in two files
 */
export async function joinTensors(
  files: readonly WeightsFile[],
  indexes: readonly WeightsFile[],
  open: (file: WeightsFile) => Promise<FileTensors>,
): Promise<FileTensors> {
  for (const index of indexes) await checkIndex(index, files);
  const parts: FileTensors[] = [];
  const close = async () => {
    for (const part of parts) await part.close();
  };
  try {
    for (const file of files) parts.push(await open(file));
    const places = new Map<string, FileTensors>();
    for (const [number, part] of parts.entries()) {
      for (const name of part.tensors.keys()) {
        if (places.has(name)) {
          const reason = `"${shown(name)}" is in ${shown(files[number].name)} and in another file`;
          throw new WeightsFormatError(files[number].path, 'weights', reason);
        }
        places.set(name, part);
      }
    }
    return {
      format: parts[0].format,
      tensors: new Map(parts.flatMap(({ tensors }) => [...tensors])),
      read: (name) => places.get(name)!.read(name),
      nameInFile: (name) => places.get(name)?.nameInFile?.(name),
      notes: parts.flatMap(({ notes = [] }) => notes),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Returns the names of the files that an index of sharded weights lists, without folders. */
export function shardNames(text: string): string[] {
  let index: { weight_map?: unknown };
  try {
    index = JSON.parse(text) as { weight_map?: unknown };
  } catch {
    return fail('it is not valid JSON');
  }
  const map: unknown = index?.weight_map;
  const names = map && typeof map === 'object' ? [...new Set(Object.values(map))] : [];
  if (names.length === 0 || !names.every((name) => typeof name === 'string')) {
    return fail('it has no "weight_map" from the names of tensors to those of files');
  }
  return names;
}

function checkIndex({ path, name }: WeightsFile, files: readonly WeightsFile[]): Promise<void> {
  return explained(path, 'weights', async () => {
    const { size } = await stat(path);
    if (size > maxIndexBytes) fail(`${shown(name)} takes ${size} bytes, over ${maxIndexBytes}`);
    const given = new Set(files.map((file) => posix.basename(file.name)));
    const missing = shardNames(await readFile(path, 'utf8')).filter(
      (shard) => !given.has(posix.basename(shard)),
    );
    if (missing.length === 0) return;
    const listed = missing.slice(0, maxListed).map(shown).join(', ');
    const more = missing.length > maxListed ? ` and ${missing.length - maxListed} more` : '';
    fail(`of the files that ${shown(name)} names, these are missing: ${listed}${more}`);
  });
}
