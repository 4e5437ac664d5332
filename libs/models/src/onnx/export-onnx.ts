import type { Architecture, Preprocessing } from '../architecture';
import { cost } from '../cost/cost';
import { ScopedNet } from '../net/scoped-net';
import { matchWeights } from '../weights/match-weights';
import { readFitting } from '../weights/read-fitting';
import type { WeightsSource } from '../weights/weights-source';
import { Constants, type Precision } from './constants';
import { Emitter } from './emitter';
import { fold } from './fold';
import type { GraphNode } from './graph';
import { GraphOperations } from './graph-operations';
import { Lowering } from './lowering';
import { dataTypes } from './onnx-proto';
import { type OnnxModel, writeModel } from './write-model';

export interface OnnxExportOptions {
  classes: number;
  /** Side of the pictures that the file is for, in pixels; position tables are resized to it. */
  imageSize: number;
  /** Of the classes, in the order of the logits. */
  labels?: readonly string[];
  preprocessing?: Preprocessing;
  /** Under which the weights may be used, as an SPDX identifier. */
  licence?: string;
  /** Where the weights come from. */
  source?: string;
  /** Of weights and of what is computed; pictures and logits are single precision in any case. */
  precision: Precision;
  /** Of the file to write. */
  path: string;
}

/** Names of the graph's input [batch, 3, imageSize, imageSize] and output [batch, classes]. */
export const onnxInput = 'images';
export const onnxOutput = 'logits';

/**
 * Writes a network as an ONNX file: NCHW, any batch size, batch norms folded. The pictures are normalised by whoever
 * runs it. Labels, preprocessing and origin go into the file's metadata: `architecture`, `labels` (a JSON list),
 * `preprocessing` (JSON), `licence`, `source`. Holds a few tensors in memory at a time.
 * @throws WeightsMismatchError naming all missing, extra and misshaped tensors
 * @throws ImageSizeError when the network cannot look at pictures of this size
 * @throws RangeError when labels and classes differ in number, half precision can't hold a weight, or the file would be
 *   larger than an ONNX file can be
 */
export async function exportOnnx(
  architecture: Architecture,
  weights: WeightsSource,
  options: OnnxExportOptions,
): Promise<void> {
  const { classes, imageSize, labels, path } = options;
  const { tensors } = cost(architecture, { imageSize, classes });
  matchWeights(tensors, weights, { ignoreHead: false });
  if (labels && labels.length !== classes) {
    throw new RangeError(`There are ${labels.length} labels for ${classes} classes.`);
  }
  await writeModel(path, modelOf(architecture, weights, options));
}

function modelOf(
  architecture: Architecture,
  weights: WeightsSource,
  options: OnnxExportOptions,
): OnnxModel {
  const { classes, imageSize, precision } = options;
  const operations = new GraphOperations((spec) => readFitting(weights, spec));
  const images = operations.input([NaN, imageSize, imageSize, 3]);
  const net = new ScopedNet(operations, architecture.headScope);
  const logits = architecture.forward<GraphNode>(net, images, { classes });

  const constants = new Constants(precision);
  const emitter = new Emitter(constants);
  const lowering = new Lowering(emitter);
  const start =
    precision === 'fp32' ? onnxInput : emitter.emit('Cast', [onnxInput], { to: dataTypes.float16 });
  lowering.input(images, start);
  for (const node of fold(operations.nodes)) if (node !== images) lowering.lower(node);
  emitter.enter('');
  if (precision === 'fp16')
    emitter.emit('Cast', [lowering.features(logits)], { to: dataTypes.float32 });
  emitter.renameLast(onnxOutput);

  return {
    name: architecture.name,
    description: `${architecture.title}: normalised pictures → logits of ${classes} classes.`,
    metadata: metadataOf(architecture, options),
    input: { name: onnxInput, dims: ['batch', 3, imageSize, imageSize] },
    output: { name: onnxOutput, dims: ['batch', classes] },
    nodes: emitter.nodes,
    tensors: constants.tensors,
  };
}

function metadataOf(
  architecture: Architecture,
  { labels, preprocessing, licence, source }: OnnxExportOptions,
): Record<string, string> {
  const entries = {
    architecture: architecture.name,
    labels: labels && JSON.stringify(labels),
    preprocessing: preprocessing && JSON.stringify(preprocessing),
    licence,
    source,
  };
  return Object.fromEntries(
    Object.entries(entries).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
