import { fail, shown } from '../../weights/fail';
import { openExplained } from '../explained';
import { edgesOf } from '../file-edges';
import { automlNames } from '../names/automl-names';
import type { NamedTensors, UnpackingSpace, WeightsFile, WeightsReader } from '../weights-format';
import { openBundle } from './bundle';
import { readBundleIndex, shardBytes } from './bundle-index';
import { shardsOf } from './checkpoint-files';
import { isTable } from './sstable';
import { type Archive, isArchive, unpackIndexes, unpackShards } from './unpack';

/**
 * Reads TensorFlow's name-based checkpoints, as published by google/automl: `.index` and `.data-00000-of-00001`, also
 * inside a `.tar` or `.tgz`. Moving averages are preferred to the variables themselves.
 */
export const tensorflow: WeightsReader = {
  format: 'tensorflow',
  severalFiles: true,
  sharded: false,
  recognizes: (edges) => isTable(edges.last) || isArchive(edges),
  open: (files, space) =>
    openExplained(files[0].path, 'TensorFlow', async () => ({
      ...(await openCheckpoint(files, space)),
      format: 'tensorflow',
      tables: [automlNames],
    })),
};

/** A file that may be a shard, either separate or in an archive. */
type Candidate = { name: string } & ({ path: string } | { archive: Archive });

async function openCheckpoint(
  files: readonly WeightsFile[],
  space: UnpackingSpace,
): Promise<NamedTensors> {
  const parts: WeightsFile[] = [];
  const archived: Candidate[] = [];
  for (const file of files) {
    const edges = await edgesOf(file.path);
    if (isArchive(edges)) {
      const { indexes, shards } = await unpackIndexes({ file, edges }, space);
      parts.push(...indexes);
      archived.push(...shards);
    } else {
      parts.push(file);
    }
  }
  const indexFile = await onlyIndex(parts);
  const index = await readBundleIndex(indexFile.path);
  const candidates: Candidate[] = [...parts, ...archived];
  const shards = shardsOf(indexFile, candidates, index.shards);
  return openBundle(index, await unpacked(shards, shardBytes(index), space));
}

async function onlyIndex(parts: readonly WeightsFile[]): Promise<WeightsFile> {
  const indexes: WeightsFile[] = [];
  for (const part of parts) {
    const { last } = await edgesOf(part.path);
    if (isTable(last)) indexes.push(part);
  }
  if (indexes.length === 1) return indexes[0];
  if (indexes.length === 0) return fail('it does not contain the `.index` of a checkpoint');
  return fail(
    `it contains several checkpoints: ${indexes.map(({ name }) => shown(name)).join(', ')}`,
  );
}

/** Unpacks shards from archives and returns the paths of all shards in order. */
async function unpacked(
  shards: readonly Candidate[],
  bytes: readonly number[],
  space: UnpackingSpace,
): Promise<string[]> {
  const wanted = new Map<Archive, Map<string, number>>();
  shards.forEach((shard, number) => {
    if (!('archive' in shard)) return;
    const names = wanted.get(shard.archive) ?? new Map<string, number>();
    wanted.set(shard.archive, names.set(shard.name, bytes[number]));
  });
  const paths = new Map<string, string>();
  for (const [archive, names] of wanted) {
    for (const { name, path } of await unpackShards(archive, names, space)) paths.set(name, path);
  }
  return shards.map((shard) => ('path' in shard ? shard.path : paths.get(shard.name)!));
}
