import { posix } from 'node:path';
import { fail, shown } from '../../weights/fail';
import type { WeightsFile } from '../weights-format';

/** Missing shards that a message names. */
const maxListed = 10;

const shardEnding = /\.data-\d{5}-of-\d{5}$/;

/** Whether a file is called like a checkpoint's values, which only its index tells apart. */
export const isShard = (name: string): boolean => shardEnding.test(name);

/** Whether a file is called like a part of a checkpoint, not like what macOS leaves beside one. */
export function isCheckpointFile(name: string): boolean {
  const file = posix.basename(name);
  return !file.startsWith('._') && (file.endsWith('.index') || isShard(file));
}

/**
 * The shards that belong to an index, in order: those of its own name, or of any name where there is but one.
 * @throws RangeError naming those that are missing
 */
export function shardsOf<T extends { name: string }>(
  index: Pick<WeightsFile, 'name'>,
  files: readonly T[],
  shards: number,
): T[] {
  const number = (value: number) => String(value).padStart(5, '0');
  const missing: string[] = [];
  const found: T[] = [];
  for (let shard = 0; shard < shards; shard++) {
    const ending = `.data-${number(shard)}-of-${number(shards)}`;
    const candidates = files.filter(({ name }) => name.endsWith(ending));
    const own = candidates.filter(({ name }) => name === index.name.replace(/\.index$/, ending));
    const [file, ...others] = own.length > 0 ? own : candidates;
    if (!file || others.length > 0) missing.push(index.name.replace(/(\.index)?$/, ending));
    else found.push(file);
  }
  if (missing.length > 0) {
    const names = missing.slice(0, maxListed).map(shown).join(', ');
    const rest = missing.length > maxListed ? ` and ${missing.length - maxListed} more` : '';
    fail(`of its ${shards} shards, these are missing: ${names}${rest}`);
  }
  return found;
}
