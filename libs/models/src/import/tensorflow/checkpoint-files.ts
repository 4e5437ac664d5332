import { posix } from 'node:path';
import { fail, shown } from '../../weights/fail';
import type { WeightsFile } from '../weights-format';

/** Maximum number of missing shards that a message names. */
const maxListed = 10;

const shardEnding = /\.data-\d{5}-of-\d{5}$/;

/** Returns whether a file is named like a checkpoint's shard, which has no format of its own. */
export const isShard = (name: string): boolean => shardEnding.test(name);

/** Returns whether a file is named like a part of a checkpoint, and not like a metadata file of macOS. */
export function isCheckpointFile(name: string): boolean {
  const file = posix.basename(name);
  return !file.startsWith('._') && (file.endsWith('.index') || isShard(file));
}

/**
 * Returns an index's shards in order: those with its name, or with any name if there is only one.
 * @throws RangeError naming missing ones
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
