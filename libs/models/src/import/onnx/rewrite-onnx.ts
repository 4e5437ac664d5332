import { type FileHandle, open } from 'node:fs/promises';
import { posix } from 'node:path';
import { Writer } from 'protobufjs/light';
import {
  dataTypes,
  graphType,
  modelType,
  nodeMessage,
  type OnnxNode,
  tensorType,
  valueMessage,
} from '../../export/onnx/onnx-proto';
import { maxModelBytes } from '../../export/onnx/write-model';
import { fail, shown } from '../../weights/fail';
import { readBytes } from '../../weights/read-bytes';
import { explained } from '../explained';
import type { WeightsFile } from '../weights-format';
import { type OnnxClassifier, readOnnxSummary } from './onnx-classifier';
import type { OnnxSummary } from './onnx-summary';
import type { Range } from './proto-file';
import type { ExternalTensor } from './read-tensor';

const format = 'ONNX';
const lengthDelimited = 2;
/** Number of bytes in memory at a time. */
const pieceBytes = 2 ** 22;
/** Bytes per element by TensorProto.DataType; other types are never weights. */
const elementBytes: Readonly<Record<number, number>> = {
  1: 4,
  2: 1,
  3: 1,
  4: 2,
  5: 2,
  6: 4,
  7: 8,
  9: 1,
  10: 2,
  11: 8,
  12: 4,
  13: 8,
  16: 2,
};

/** A range of bytes of a file. */
interface Piece extends Range {
  path: string;
}

type Part = Piece | Uint8Array;

/**
 * Merges an ONNX file's external weights into it.
 * @param others the files that it may refer to, by name
 * @returns the whole file's bytes; undefined if it has no external weights
 * @throws WeightsFormatError when a file is missing or too short, or the result would exceed the limit of ONNX files
 */
export async function joinOnnx(
  path: string,
  others: readonly WeightsFile[],
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const summary = await readOnnxSummary(path);
  if (summary.external.length === 0) return undefined;
  return explained(path, format, async () => {
    const added: Part[] = [];
    const removed: Range[] = [];
    for (const tensor of summary.external) {
      if (!tensor.field) fail(`the constant "${shown(tensor.name)}" of a node is in another file`);
      removed.push(tensor.field);
      added.push(...(await initializerOf(tensor, others)));
    }
    return rewritten(path, summary, removed, added);
  });
}

/**
 * Converts a graph with one output z, whose sigmoid is the second class's probability, to the equivalent logits 0 and z.
 * @param classifier as read from the file
 */
export async function withTwoOutputs(
  path: string,
  { output, sigmoid, batch }: OnnxClassifier,
): Promise<AsyncIterable<Uint8Array>> {
  const summary = await readOnnxSummary(path);
  const name = (part: string) => `coatrack_${part}`;
  const node = (operator: string, inputs: string[], result: string, attributes = {}): OnnxNode => {
    return { name: result, operator, inputs, outputs: [result], attributes };
  };
  const nodes = [
    node('Cast', [sigmoid?.input ?? output.name], name('second'), { to: dataTypes.float32 }),
    node('Sub', [name('second'), name('second')], name('first')),
    node('Concat', [name('first'), name('second')], name('logits'), { axis: 1 }),
  ];
  const at = summary.outputs.findIndex((each) => each.name === output.name);
  const added = graphType
    .encode({
      node: nodes.map(nodeMessage),
      output: [valueMessage(name('logits'), [batch ?? 'batch', 2])],
    })
    .finish();
  return rewritten(path, summary, [summary.outputFields[at]], [added]);
}

/** Returns the file without some fields of its graph and with others appended to it. */
async function rewritten(
  path: string,
  { graph, graphField }: OnnxSummary,
  removed: readonly Range[],
  added: readonly Part[],
): Promise<AsyncIterable<Uint8Array>> {
  const file = await open(path, 'r');
  const { size } = await file.stat();
  await file.close();
  const kept: Part[] = [];
  let position = graph.begin;
  for (const { begin, end } of [...removed].sort((a, b) => a.begin - b.begin)) {
    kept.push({ path, begin: position, end: begin });
    position = end;
  }
  kept.push({ path, begin: position, end: graph.end }, ...added);
  const graphBytes = sizeOf(kept);
  // A message's fields may have any order.
  const parts: Part[] = [
    { path, begin: 0, end: graphField.begin },
    { path, begin: graphField.end, end: size },
    headOf(modelType.fields.graph.id, graphBytes),
    ...kept,
  ];
  const total = sizeOf(parts);
  if (total > maxModelBytes)
    fail(`the whole would take ${total} bytes, more than ${maxModelBytes}`);
  return bytesOf(parts);
}

async function initializerOf(
  { name, dataType, dims, entries }: ExternalTensor,
  others: readonly WeightsFile[],
): Promise<Part[]> {
  const location = entries.get('location') ?? '';
  const base = posix.basename(location);
  const file = others.find((each) => posix.basename(each.name) === base);
  if (!file) {
    const names = others.slice(0, 10).map((each) => shown(each.name));
    return fail(
      `it keeps weights in "${shown(location)}", which is not among the uploaded files: ${names.join(', ') || 'there is no other'}`,
    );
  }
  const element = elementBytes[dataType];
  if (!element)
    fail(`the constant "${shown(name)}" is of type ${dataType}, which is not a type of weights`);
  const bytes = dims.reduce((product, side) => product * side, element);
  const begin = wholeOf(entries.get('offset') ?? '0');
  const length = wholeOf(entries.get('length') ?? String(bytes));
  const handle = await open(file.path, 'r');
  const { size } = await handle.stat();
  await handle.close();
  if (length !== bytes || !(begin + length <= size)) {
    fail(
      `the constant "${shown(name)}" takes ${bytes} bytes, but ${length} from byte ${begin} of "${shown(location)}", which has ${size}`,
    );
  }
  const start = tensorType.encode({ dims, dataType, name }).finish();
  const rawHead = headOf(tensorType.fields.rawData.id, length);
  const contents = start.length + rawHead.length + length;
  const head = headOf(graphType.fields.initializer.id, contents);
  return [head, start, rawHead, { path: file.path, begin, end: begin + length }];
}

function wholeOf(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : fail(`"${shown(text)}" is not a number of bytes`);
}

/** Encodes a field's number and length, which precede its contents. */
function headOf(id: number, length: number): Uint8Array {
  return Writer.create()
    .uint32((id << 3) | lengthDelimited)
    .uint32(length)
    .finish();
}

function sizeOf(parts: readonly Part[]): number {
  const size = (part: Part) => ('path' in part ? part.end - part.begin : part.length);
  return parts.reduce((sum, part) => sum + size(part), 0);
}

async function* bytesOf(parts: readonly Part[]): AsyncGenerator<Uint8Array> {
  let opened: { path: string; handle: FileHandle } | undefined;
  try {
    for (const part of parts) {
      if (!('path' in part)) {
        yield part;
        continue;
      }
      if (opened?.path !== part.path) {
        await opened?.handle.close();
        opened = undefined;
        opened = { path: part.path, handle: await open(part.path, 'r') };
      }
      for (let at = part.begin; at < part.end; at += pieceBytes) {
        const length = Math.min(pieceBytes, part.end - at);
        yield new Uint8Array(await readBytes(opened.handle, at, length));
      }
    }
  } finally {
    await opened?.handle.close();
  }
}
