import { forThread } from '../../../../platform/http/for-thread';
import type { SplitBody } from './binary-data';
import { type Output, readOutputs } from './inference-answer';
import { type GivenInput, type InputLimits, readInput } from './inference-input';
import { parseInferenceRequest } from './inference-request';

/** An inference request that has been parsed and checked, as plain data that can pass between threads. */
export interface Understood {
  id?: string;
  input: GivenInput;
  /** undefined: all outputs. */
  outputs?: Output[];
  binaryOutput: boolean;
}

/** @throws DomainError INVALID_JSON, INVALID_REQUEST, TOO_LARGE */
export function understand(body: SplitBody, limits: InputLimits): Understood {
  const { id, inputs, binaryOutput, ...request } = parseInferenceRequest(body);
  const outputs = readOutputs(request.outputs);
  return { id, outputs, binaryOutput, input: readInput(inputs, limits) };
}

interface Argument {
  json: Uint8Array;
  binary: Uint8Array;
  limits: InputLimits;
}

export const inThread = forThread(
  ({ json, binary, limits }: Argument) =>
    understand({ json: asBuffer(json), binary: asBuffer(binary) }, limits),
  ({ input }) => ('tensor' in input ? [input.tensor.values] : input.encoded),
);

/** Restores a Buffer, which arrives from another thread as a Uint8Array. */
function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
