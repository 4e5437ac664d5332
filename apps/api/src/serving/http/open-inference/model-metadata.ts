import { readOnnxClassifier } from '@coatrack/models';
import type { VersionRecord } from '../../../registry/models/model';
import { type OutputName, outputNames } from './inference-answer';
import { inputNames } from './inference-input';
import type { V2Model } from './v2.dto';

/**
 * @param name as it was asked for
 * @param versions the model's, by number
 * @param outputs what it gives
 */
export function presentModel(
  name: string,
  record: VersionRecord,
  versions: readonly number[],
  outputs: readonly OutputName[],
): V2Model {
  const { architecture, labels, preprocessing, format, version } = record;
  const size = preprocessing.imageSize;
  return {
    name,
    versions: versions.map(String),
    platform: format === 'onnx' ? 'onnxruntime_onnx' : 'coatrack_safetensors',
    inputs: [
      { name: inputNames.tensor, datatype: 'FP32', shape: [-1, 3, size, size] },
      { name: inputNames.encoded, datatype: 'BYTES', shape: [-1] },
    ],
    outputs: outputs.map((name) => ({ name, datatype: 'FP32', shape: [-1, labels.length] })),
    parameters: {
      version: String(version),
      architecture,
      labels: JSON.stringify(labels),
      preprocessing: JSON.stringify(preprocessing),
    },
  };
}

/** @param path of the version's file */
export async function outputsOf(
  { format }: Pick<VersionRecord, 'format'>,
  path: () => Promise<string>,
): Promise<readonly OutputName[]> {
  if (format !== 'onnx') return outputNames;
  const { output } = await readOnnxClassifier(await path());
  return output.values === 'logits' ? outputNames : ['probabilities'];
}
