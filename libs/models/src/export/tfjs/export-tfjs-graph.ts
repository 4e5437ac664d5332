import type { Architecture } from '../../architectures/architecture';
import { checkExport, describeExport, type ExportOptions, type Precision } from '../export-options';
import { traceNetwork } from '../../interpreters/trace/trace';
import type { WeightsSource } from '../../weights/weights-source';
import { GraphBuilder } from './graph-builder';
import { type DataType, type GraphDef, shapeOf } from './graph-def';
import { Lowering } from './lowering';
import { weightsGroup, writeFiles } from './write-files';

export interface TfjsGraphExportOptions extends ExportOptions {
  /** Storage precision of matrices and kernels; TensorFlow.js always computes in single precision. */
  precision: Precision;
  /** Folder to create, or an empty one. */
  folder: string;
}

/** Names of the graph's input [batch, imageSize, imageSize, 3] and output [batch, classes]. */
export const tfjsInput = 'images';
export const tfjsOutput = 'logits';

/** Version of TensorFlow's graph format; any since 1.15. */
const graphVersion = 134;

/**
 * Writes a network as a TensorFlow.js graph model, for `loadGraphModel` in browsers: `model.json` and shards of 4 MiB;
 * NHWC, any batch size, batch norms folded. Callers of the graph must normalise images. The file's `userDefinedMetadata`
 * has `architecture`, `labels`, `preprocessing`, `licence` and `source`. Only a few tensors are in memory at a time.
 * @throws WeightsMismatchError naming all missing, extra and misshaped tensors
 * @throws ImageSizeError when the network does not accept images of this size
 * @throws RangeError when labels and classes differ in number, half precision cannot represent a weight, or the folder is
 *   not empty
 */
export async function exportTfjsGraph(
  architecture: Architecture,
  weights: WeightsSource,
  options: TfjsGraphExportOptions,
): Promise<void> {
  checkExport(architecture, weights, options);
  const { classes, folder, imageSize, precision } = options;
  const graph = new GraphBuilder(precision);
  const network = traceNetwork(architecture, weights, options);
  const [input, output] = [
    [-1, imageSize, imageSize, 3],
    [-1, classes],
  ];
  const dtype: DataType = 'DT_FLOAT';
  graph.addNamed(tfjsInput, 'Placeholder', [], {
    dtype: { type: dtype },
    shape: { shape: shapeOf(input) },
  });
  const lowering = new Lowering(graph);
  lowering.input(network.images, tfjsInput);
  for (const node of network.nodes) lowering.lower(node);
  graph.addNamed(tfjsOutput, 'Identity', [lowering.name(network.logits)], { T: { type: dtype } });

  const group = weightsGroup(graph.stored);
  const modelTopology: GraphDef = { node: graph.nodes, versions: { producer: graphVersion } };
  const value = (name: string, sizes: readonly number[]) => ({
    [name]: { name: `${name}:0`, dtype, tensorShape: shapeOf(sizes) },
  });
  const model = {
    format: 'graph-model',
    generatedBy: 'Coatrack',
    convertedBy: 'Coatrack',
    modelTopology,
    signature: { inputs: value(tfjsInput, input), outputs: value(tfjsOutput, output) },
    userDefinedMetadata: describeExport(architecture, options),
    weightsManifest: [group],
  };
  await writeFiles(folder, model, group, { constants: graph.stored, guard: options.guard });
}
