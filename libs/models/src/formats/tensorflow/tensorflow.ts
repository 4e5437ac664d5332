import type { Architecture } from '../../architecture';
import { classCounts } from '../../architectures/published';
import { cost } from '../../cost/cost';
import { fail } from '../../weights/fail';
import { edgesOf } from '../file-edges';
import { automlNames } from '../names/automl-names';
import { openLayers } from '../names/open-layers';
import type { NamedTensors, OpenOptions, WeightsFile, WeightsReader } from '../weights-format';
import { openBundle } from './bundle';
import { isTable } from './sstable';
import { isArchive, unpack } from './unpack';

/**
 * Checkpoints that TensorFlow saves by the names of variables, as google/automl publishes them: `.index` and
 * `.data-00000-of-00001`, also inside a `.tar` or `.tgz`. Moving averages of variables are preferred to these.
 */
export const tensorflow: WeightsReader = {
  format: 'tensorflow',
  severalFiles: true,
  recognizes: (edges) => isTable(edges.last) || isArchive(edges),
  open: (files, options) =>
    openLayers(
      {
        path: files[0].path,
        format: 'tensorflow',
        formatName: 'TensorFlow',
        tables: [automlNames],
        open: () => openCheckpoint(files, options),
      },
      options.architecture,
    ),
};

async function openCheckpoint(
  files: readonly WeightsFile[],
  { architecture, temporaryFolder: folder }: OpenOptions,
): Promise<NamedTensors> {
  const options = { folder, maxBytes: maxUnpackedBytes(architecture) };
  const parts: WeightsFile[] = [];
  const indexes: WeightsFile[] = [];
  for (const file of files) {
    const edges = await edgesOf(file.path);
    parts.push(...(isArchive(edges) ? await unpack(file, edges, options) : [file]));
  }
  for (const part of parts) {
    const { last } = await edgesOf(part.path);
    if (isTable(last)) indexes.push(part);
  }
  if (indexes.length !== 1) {
    const names = indexes.map(({ name }) => name).join(', ');
    fail(
      indexes.length === 0
        ? 'it holds no `.index` of a checkpoint'
        : `it holds several checkpoints: ${names}`,
    );
  }
  return openBundle(indexes[0], parts);
}

/** Room for all of a training's copies of the network: its weights, their averages and the optimizer's two. */
function maxUnpackedBytes(architecture: Architecture): number {
  const { parameters, statistics } = cost(architecture, {
    imageSize: architecture.trainImageSize,
    classes: classCounts.in21k,
  });
  return 6 * 4 * (parameters + statistics);
}
