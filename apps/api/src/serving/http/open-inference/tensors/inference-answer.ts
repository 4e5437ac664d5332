import { invalidRequest } from '../../../../platform/errors/invalid-request';
import { joined } from '../../../../platform/onnx-runtime/arrays';
import type { ImageAnswer } from '../../predict/predict.service';
import { topIndices } from '../../predict/probabilities';
import { writeBytesElements } from './binary-data';
import { indexOfNonFinite } from './float-values';
import type { V2InferenceResponse } from './inference.dto';
import type { RequestedOutput } from './inference-request';

export const outputNames = ['logits', 'probabilities'] as const;
export type OutputName = (typeof outputNames)[number];

export type Output = RequestedOutput & { name: OutputName };

/** A tensor in an answer, with its values as JSON or as bytes. */
type AnswerTensor = {
  name: OutputName;
  datatype: 'FP32' | 'BYTES';
  shape: number[];
} & ({ data: (number | string)[] } | { binary: Buffer });

/**
 * Returns the requested outputs; undefined means all of them.
 * @throws DomainError INVALID_REQUEST
 */
export function readOutputs(outputs: RequestedOutput[] | undefined): Output[] | undefined {
  if (!outputs?.length) return undefined;
  return outputs.map((output) => {
    const name = outputNames.find((known) => known === output.name);
    if (name) return { ...output, name };
    const message = `must be ${outputNames.map((known) => `"${known}"`).join(' or ')}, not ${JSON.stringify(output.name)}`;
    throw invalidRequest([{ where: `${output.where}.name`, message }]);
  });
}

/**
 * @param answers one per image
 * @param labels in the order of the classes
 * @throws DomainError INVALID_REQUEST when the network's outputs for these images are not finite
 */
export function answerTensors(
  answers: readonly ImageAnswer[],
  labels: readonly string[],
  { outputs, binary }: { outputs?: Output[]; binary: boolean },
): AnswerTensor[] {
  const all = outputNames
    .filter((name) => answers[0]?.[name])
    .map((name): Output => ({ name, where: 'outputs', binary }));
  return (outputs ?? all).map((output) => {
    const rows = answers.map((answer) => answer[output.name]!);
    if (rows.some((row) => indexOfNonFinite(row) >= 0)) {
      const message = 'has values that are too large: the network overflows';
      throw invalidRequest([{ where: 'inputs', message }]);
    }
    return output.classification === undefined
      ? numbers(rows, output)
      : classes(rows, labels, { ...output, classification: output.classification });
  });
}

function numbers(rows: readonly Float32Array[], { name, binary }: Output): AnswerTensor {
  const width = rows[0]!.length;
  const values = joined(rows);
  const tensor = { name, datatype: 'FP32' as const, shape: [rows.length, width] };
  return binary
    ? { ...tensor, binary: Buffer.from(values.buffer) }
    : { ...tensor, data: [...values] };
}

/** Formats the highest values of each row as `value:index:label`, for the protocol's classification extension. */
function classes(
  rows: readonly Float32Array[],
  labels: readonly string[],
  { name, binary, classification }: Output & { classification: number },
): AnswerTensor {
  const width = Math.min(classification, labels.length);
  const data = rows.flatMap((row) =>
    topIndices(row, width).map((index) => `${row[index]}:${index}:${labels[index]}`),
  );
  const tensor = { name, datatype: 'BYTES' as const, shape: [rows.length, width] };
  return binary ? { ...tensor, binary: writeBytesElements(data) } : { ...tensor, data };
}

/** Returns the answer's JSON, which describes the binary data, and that data in order. */
export function encodeAnswer(
  head: { model_name: string; model_version: string; id?: string },
  tensors: readonly AnswerTensor[],
): { json: Buffer; binary: Buffer[] } {
  const binary: Buffer[] = [];
  const outputs = tensors.map((tensor) => {
    if ('data' in tensor) return tensor;
    const { binary: bytes, ...rest } = tensor;
    binary.push(bytes);
    return { ...rest, parameters: { binary_data_size: bytes.length } };
  });
  const answer: V2InferenceResponse = { ...head, outputs };
  return { json: Buffer.from(JSON.stringify(answer)), binary };
}
