import { findArchitecture, openSafetensors, readOnnxClassifier } from '@coatrack/models';
import type { BlobStore } from '../platform/blobs/blob-store';
import { channelsFirst } from '../platform/onnx-runtime/arrays';
import { onnxRuntime, openOnnx } from '../platform/onnx-runtime/onnx-network';
import { openClassifier } from '../registry/exports/formats/classifier-network';
import type { RunningNetwork } from '../registry/exports/formats/exporter';
import type { VersionRecord } from '../registry/models/model';

/**
 * Opens a version to run in this process: weights on the current engine, an ONNX file in ONNX Runtime.
 * @throws DomainError BLOB_MISSING, WeightsFormatError
 */
export async function openVersion(
  version: VersionRecord,
  blobStore: Pick<BlobStore, 'path'>,
): Promise<RunningNetwork> {
  const path = await blobStore.path(version.blob);
  if (version.format === 'onnx') return openOnnxVersion(path);
  const weights = await openSafetensors(path);
  try {
    return await openClassifier(findArchitecture(version.architecture), weights, version);
  } finally {
    await weights.close();
  }
}

async function openOnnxVersion(path: string): Promise<RunningNetwork> {
  const graph = await readOnnxClassifier(path);
  const network = await openOnnx(path, graph);
  return {
    runtime: onnxRuntime(network.provider),
    async run(images, batch) {
      const input = graph.input.layout === 'NHWC' ? images : channelsFirst(images, batch);
      const { outputs } = await network.run(input, batch);
      return graph.output.values === 'logits' ? outputs : outputs.map(logOf);
    },
    close: network.close,
  };
}

const smallest = 2 ** -126;

/** Turns a probability into a logit: the softmax of the logarithms of probabilities returns the probabilities. */
function logOf(probability: number): number {
  return Math.log(Math.max(probability, smallest));
}
