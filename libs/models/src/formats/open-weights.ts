import { open } from 'node:fs/promises';
import { WeightsFormatError } from '../errors';
import { pytorch } from './pytorch/pytorch';
import { safetensors } from './safetensors';
import type {
  FileEdges,
  OpenedWeights,
  OpenOptions,
  WeightsFile,
  WeightsReader,
} from './weights-format';

const readers: readonly WeightsReader[] = [safetensors, pytorch];

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
  const reader = readers.find((each) => edges.some((ends) => each.recognizes(ends)));
  if (!reader) throw unknownFormat(files[0], edges[0]);
  if (files.length > 1 && !reader.severalFiles) {
    throw new WeightsFormatError(
      files[0].path,
      reader.format,
      `it is one file, not ${files.length}`,
    );
  }
  return reader.open(files, options);
}

async function edgesOf(path: string): Promise<FileEdges> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const read = async (length: number, position: number) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
      return buffer.subarray(0, bytesRead);
    };
    return { first: await read(4096, 0), last: await read(64, Math.max(0, size - 64)) };
  } finally {
    await file.close();
  }
}

function unknownFormat({ path }: WeightsFile, { first }: FileEdges): WeightsFormatError {
  const start = first.subarray(0, 8).toString('hex');
  const found = first.length === 0 ? 'it is empty' : `it starts with the bytes ${start}`;
  return new WeightsFormatError(path, 'weights', `${found}, as no format does that can be read`);
}
