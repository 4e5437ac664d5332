import type { Architecture } from '../../architectures/architecture';
import { checkExport, describeExport, type ExportOptions, type Precision } from '../export-options';
import { traceNetwork } from '../../interpreters/trace/trace';
import type { WeightsSource } from '../../weights/weights-source';
import { Constants } from './constants';
import { Emitter } from './emitter';
import { Lowering } from './lowering';
import { dataTypes } from './onnx-proto';
import { type OnnxModel, writeModel } from './write-model';

export interface OnnxExportOptions extends ExportOptions {
  /** Precision of weights and computation; images and logits are always single precision. */
  precision: Precision;
  /** Path of the file to write. */
  path: string;
  /** Whether to add the features that the classifier receives as a second output. */
  features?: boolean;
}

/**
 * Names of the graph's input [batch, 3, imageSize, imageSize] and outputs [batch, classes] and, if requested,
 * [batch, features].
 */
export const onnxInput = 'images';
export const onnxOutput = 'logits';
export const onnxFeatures = 'features';

/**
 * Writes a network as an ONNX file: NCHW, any batch size, batch norms folded. Callers of the graph must normalise images.
 * Labels, preprocessing and origin go into the file's metadata: `architecture`, `labels` (a JSON list),
 * `preprocessing` (JSON), `licence`, `source`. Holds a few tensors in memory at a time.
 * @throws WeightsMismatchError naming all missing, extra and misshaped tensors
 * @throws ImageSizeError when the network does not accept images of this size
 * @throws RangeError when labels and classes differ in number, half precision cannot represent a weight, or the file would
 *   exceed the limit of ONNX files
 */
export async function exportOnnx(
  architecture: Architecture,
  weights: WeightsSource,
  options: OnnxExportOptions,
): Promise<void> {
  checkExport(architecture, weights, options);
  await writeModel(options.path, modelOf(architecture, weights, options), options.guard);
}

function modelOf(
  architecture: Architecture,
  weights: WeightsSource,
  options: OnnxExportOptions,
): OnnxModel {
  const { classes, imageSize, precision } = options;
  const { images, features, logits, nodes } = traceNetwork(architecture, weights, options);

  const constants = new Constants(precision);
  const emitter = new Emitter(constants);
  const lowering = new Lowering(emitter);
  const start =
    precision === 'fp32' ? onnxInput : emitter.emit('Cast', [onnxInput], { to: dataTypes.float16 });
  lowering.input(images, start);
  for (const node of nodes) lowering.lower(node);
  emitter.enter('');
  if (precision === 'fp16')
    emitter.emit('Cast', [lowering.features(logits)], { to: dataTypes.float32 });
  emitter.renameLast(onnxOutput);
  const outputs = [{ name: onnxOutput, dims: ['batch', classes] }];
  if (options.features) {
    const name = lowering.features(features);
    emitter.emit('Cast', [name], { to: dataTypes.float32 });
    emitter.renameLast(onnxFeatures);
    outputs.push({ name: onnxFeatures, dims: ['batch', features.shape.at(-1)!] });
  }

  return {
    name: architecture.name,
    description: `${architecture.title}: normalised images → logits of ${classes} classes.`,
    metadata: metadataOf(architecture, options),
    input: { name: onnxInput, dims: ['batch', 3, imageSize, imageSize] },
    outputs,
    nodes: emitter.nodes,
    tensors: constants.tensors,
  };
}

/** Returns the metadata: strings unchanged, everything else as JSON. */
function metadataOf(architecture: Architecture, options: OnnxExportOptions) {
  const entries = Object.entries(describeExport(architecture, options));
  return Object.fromEntries(
    entries.map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}
