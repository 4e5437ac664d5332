import { listArchitectures } from '../architectures/catalogue';
import { WeightsFormatError } from '../errors';
import { edgesOf } from './file-edges';
import { chooseFit, hintsFor } from './fit/choose-fit';
import type { Fit } from './fit/fit';
import { joinTensors, splitIndexes } from './join-tensors';
import { keras } from './keras/keras';
import { mapTensors } from './map-tensors';
import { onnx } from './onnx/onnx-format';
import { pytorch } from './pytorch/pytorch';
import { safetensors } from './safetensors/safetensors';
import { isShard } from './tensorflow/checkpoint-files';
import { tensorflow } from './tensorflow/tensorflow';
import type { WeightsFormat } from '../weights/weights-source';
import type {
  FileEdges,
  FileTensors,
  OpenedWeights,
  OpenOptions,
  UnpackingSpace,
  WeightsFile,
  WeightsReader,
} from './weights-format';

const readers: readonly WeightsReader[] = [safetensors, keras, pytorch, tensorflow];

/**
 * Detects the format of one file from its first and last bytes. `onnx` is a network rather than weights and is read by
 * readOnnxClassifier, not openWeights.
 * @returns undefined if no format matches, as for parts of some checkpoints
 */
export async function formatOf(path: string): Promise<WeightsFormat | 'onnx' | undefined> {
  const edges = await edgesOf(path);
  return [onnx, ...readers].find((each) => each.recognizes(edges))?.format;
}

/**
 * Opens weights in any format, detected from the files' first and last bytes, with an architecture's names and layouts.
 * Prefixes that wrappers have added to names are removed, and the classifier may have any name.
 * @param files one file, or all files of a checkpoint
 * @throws WeightsFormatError saying what is wrong and where
 * @throws UnknownWeightsError when no architecture is given and none matches the names and shapes
 */
export async function openWeights(
  files: readonly WeightsFile[],
  options: OpenOptions,
): Promise<OpenedWeights> {
  const file = await openFiles(files, options);
  try {
    const fit = await chooseFit(file, options);
    const { replaceHead = false } = options;
    return opened(file, fit, { replaceHead, single: files.length === 1 });
  } catch (error) {
    await file.close();
    throw error instanceof RangeError
      ? new WeightsFormatError(files[0].path, 'weights', error.message)
      : error;
  }
}

async function openFiles(
  given: readonly WeightsFile[],
  space: UnpackingSpace,
): Promise<FileTensors> {
  const { indexes, files } = splitIndexes(given);
  const edges = await Promise.all(files.map(({ path }) => edgesOf(path)));
  const found = readers.filter((each) => edges.some((ends) => each.recognizes(ends)));
  // A shard may begin with any bytes, even with those of another format.
  const reader = (files.length > 1 && found.find(({ severalFiles }) => severalFiles)) || found[0];
  if (!reader) throw unknownFormat(files[0], edges[0]);
  if (files.length === 1 && indexes.length === 0) return reader.open(files, space);
  if (reader.severalFiles) return reader.open(files, space);
  if (!reader.sharded || !edges.every((ends) => reader.recognizes(ends))) {
    throw new WeightsFormatError(
      files[0].path,
      'weights',
      `${files.length} files were given, but ${reader.format} keeps weights in one`,
    );
  }
  return joinTensors(files, indexes, (file) => reader.open([file], space));
}

function opened(
  file: FileTensors,
  fit: Fit,
  { replaceHead, single }: { replaceHead: boolean; single: boolean },
): OpenedWeights {
  const { mappings, network, notes } = fit;
  const same = [...mappings].every(([name, { from }]) => name === from);
  return {
    ...mapTensors(file, mappings, (name) => fileName(file, fit, name)),
    format: file.format,
    architecture: network.architecture,
    notes: [...(file.notes ?? []), ...notes],
    hints: () => hintsFor(file, fit, listArchitectures(), { replaceHead }),
    described: file.described ?? {},
    asIs: single && file.format === 'safetensors' && same && mappings.size === file.tensors.size,
  };
}

/** Returns the name that one of the network's tensors has, or would have, in the file. */
function fileName(file: FileTensors, fit: Fit, name: string): string | undefined {
  const read = fit.nameInFile(name);
  return (read !== undefined && file.nameInFile?.(read)) || read;
}

function unknownFormat({ name, path }: WeightsFile, { first }: FileEdges): WeightsFormatError {
  if (isShard(name)) {
    const reason = `${name} is part of a checkpoint, whose \`.index\` is also needed`;
    return new WeightsFormatError(path, 'TensorFlow', reason);
  }
  const start = first.subarray(0, 8).toString('hex');
  const found = first.length === 0 ? 'it is empty' : `it starts with the bytes ${start}`;
  return new WeightsFormatError(
    path,
    'weights',
    `${found}, which matches no supported weights format`,
  );
}
