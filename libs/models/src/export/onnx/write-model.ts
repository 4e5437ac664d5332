import { type Field, Writer } from 'protobufjs/light';
import { writeAtomically } from '../../weights/atomic-file';
import type { WriteGuard } from '../../weights/write-guard';
import {
  dataTypes,
  graphType,
  modelType,
  nodeMessage,
  type OnnxNode,
  type OnnxTensor,
  tensorType,
  valueMessage,
} from './onnx-proto';

/** The first opset with LayerNormalization; ONNX Runtime supports it from 1.12, and this IR version from 1.11. */
const opset = 17;
const irVersion = 8;

/** Producer name, by which import recognises files of export. */
export const producerName = 'Coatrack';
/** Protocol Buffers' limit on the size of a message. */
export const maxModelBytes = 2 ** 31 - 1;

/** Wire type of fields whose contents are preceded by their length. */
const lengthDelimited = 2;

export interface OnnxModel {
  name: string;
  description: string;
  metadata: Readonly<Record<string, string>>;
  input: { name: string; dims: readonly (number | string)[] };
  outputs: readonly { name: string; dims: readonly (number | string)[] }[];
  nodes: readonly OnnxNode[];
  tensors: readonly OnnxTensor[];
}

/**
 * Writes an ONNX file atomically, with one constant in memory at a time.
 * https://onnx.ai/onnx/repo-docs/IR.html
 * @throws RangeError when the file would be larger than 2 GiB, which readers don't support
 */
export async function writeModel(
  path: string,
  model: OnnxModel,
  guard?: WriteGuard,
): Promise<void> {
  const graph = graphBytes(model);
  const tensors = model.tensors.map((tensor) => ({ tensor, ...tensorFrame(tensor) }));
  const graphLength = tensors.reduce(
    (sum, { frame, length }) => sum + frame.length + length,
    graph.length,
  );
  const head = Buffer.concat([modelBytes(model), fieldStart(modelType.fields.graph, graphLength)]);
  const total = head.length + graphLength;
  if (total > maxModelBytes) {
    throw new RangeError(
      `${model.name} takes ${total} bytes as ONNX; the limit of an ONNX file is ${maxModelBytes}.`,
    );
  }
  const write = async (append: (bytes: Uint8Array) => Promise<void>) => {
    await append(head);
    await append(graph);
    for (const { tensor, frame, length } of tensors) {
      const bytes = await tensor.bytes();
      if (bytes.length !== length) {
        throw new TypeError(`"${tensor.name}" takes ${bytes.length} bytes instead of ${length}.`);
      }
      await append(frame);
      await append(bytes);
    }
  };
  await writeAtomically(path, write, guard);
}

function modelBytes({ description, metadata }: OnnxModel): Uint8Array {
  const message = {
    irVersion,
    producerName,
    docString: description,
    opsetImport: [{ domain: '', version: opset }],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  };
  return modelType.encode(message).finish();
}

/** Encodes the graph without its constants. */
function graphBytes({ name, input, outputs, nodes }: OnnxModel): Uint8Array {
  const message = {
    name,
    node: nodes.map(nodeMessage),
    input: [valueMessage(input.name, input.dims)],
    output: outputs.map((output) => valueMessage(output.name, output.dims)),
  };
  return graphType.encode(message).finish();
}

/** Returns the bytes before a constant's contents, and the length of the contents. */
function tensorFrame({ name, dims, dataType }: OnnxTensor): { frame: Uint8Array; length: number } {
  const elementBytes = { float32: 4, int32: 4, int64: 8, float16: 2 }[dataType];
  const length = dims.reduce((product, side) => product * side, elementBytes);
  const message = tensorType.encode({ name, dims, dataType: dataTypes[dataType] }).finish();
  const content = Buffer.concat([message, fieldStart(tensorType.fields.rawData, length)]);
  const start = fieldStart(graphType.fields.initializer, content.length + length);
  return { frame: Buffer.concat([start, content]), length };
}

/** Returns the bytes before a field's contents, which are written separately because they are too large for memory. */
function fieldStart({ id }: Field, length: number): Uint8Array {
  return Writer.create()
    .uint32((id << 3) | lengthDelimited)
    .uint32(length)
    .finish();
}
