import { WeightsFormatError } from '../errors';
import { edgesOf } from './file-edges';
import { keras } from './keras/keras';
import { pytorch } from './pytorch/pytorch';
import { safetensors } from './safetensors';
import { isShard } from './tensorflow/checkpoint-files';
import { tensorflow } from './tensorflow/tensorflow';
import type {
  FileEdges,
  OpenedWeights,
  OpenOptions,
  WeightsFile,
  WeightsReader,
} from './weights-format';

const readers: readonly WeightsReader[] = [safetensors, pytorch, keras, tensorflow];

/**
 * Opens weights in any format, told by the files' first and last bytes, in the architecture's names and layouts.
 * @param files one, or all of a checkpoint that is spread over several
 * @throws WeightsFormatError saying what is wrong and where
 */
export async function openWeights(
  files: readonly WeightsFile[],
  options: OpenOptions,
): Promise<OpenedWeights> {
  const edges = await Promise.all(files.map(({ path }) => edgesOf(path)));
  const found = readers.filter((each) => edges.some((ends) => each.recognizes(ends)));
  // A shard may begin with any bytes, those of another format too.
  const reader = (files.length > 1 && found.find(({ severalFiles }) => severalFiles)) || found[0];
  if (!reader) throw unknownFormat(files[0], edges[0]);
  if (files.length > 1 && !reader.severalFiles) {
    throw new WeightsFormatError(
      files[0].path,
      'weights',
      `${files.length} files are given, but ${reader.format} keeps weights in one`,
    );
  }
  return reader.open(files, options);
}

function unknownFormat({ name, path }: WeightsFile, { first }: FileEdges): WeightsFormatError {
  if (isShard(name)) {
    const reason = `${name} is a part of a checkpoint, whose \`.index\` must be given with it`;
    return new WeightsFormatError(path, 'TensorFlow', reason);
  }
  const start = first.subarray(0, 8).toString('hex');
  const found = first.length === 0 ? 'it is empty' : `it starts with the bytes ${start}`;
  return new WeightsFormatError(path, 'weights', `${found}, as no format does that can be read`);
}
