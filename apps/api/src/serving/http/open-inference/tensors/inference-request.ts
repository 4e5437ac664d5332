import { z } from 'zod';
import { DomainError } from '../../../../platform/errors/domain-error';
import { invalidRequest, parseOrFail } from '../../../../platform/errors/invalid-request';
import { parseJson } from '../../../../platform/http/parse-json';
import { jsonLengthHeader, type SplitBody } from './binary-data';

const mebibyte = 1024 ** 2;
/** Limit on the JSON, which is parsed in one go; larger tensors must be sent as binary data. */
const maxJsonBytes = 16 * mebibyte;
/** Limit on lists and objects in a request: each takes many times the memory of its text. */
const maxNestings = 1_000_000;
const maxTensors = 16;

const parameter = z.union([z.string(), z.number(), z.boolean()]);
const noSharedMemory = z.never('shared memory is not supported').optional();

const inputSchema = z.object({
  name: z.string(),
  shape: z.array(z.int().min(0)).max(8),
  datatype: z.string(),
  parameters: z
    .object({
      binary_data_size: z.int().min(0).optional().describe('Number of its bytes after the JSON'),
      shared_memory_region: noSharedMemory,
    })
    .catchall(parameter)
    .optional(),
  data: z.unknown().optional().describe('Row by row, or nested; omitted for binary data'),
});

const outputSchema = z.object({
  name: z.string(),
  parameters: z
    .object({
      classification: z
        .int()
        .min(1)
        .max(1000)
        .optional()
        .describe('Return this many of the highest values instead, as strings `value:index:label`'),
      binary_data: z.boolean().optional().describe('Return it as binary data after the JSON'),
      shared_memory_region: noSharedMemory,
    })
    .catchall(parameter)
    .optional(),
});

export const inferenceRequestSchema = z.object({
  id: z.string().optional().describe('Returned with the answer'),
  parameters: z
    .object({
      binary_data_output: z
        .boolean()
        .optional()
        .describe('Return outputs as binary data unless they say otherwise'),
    })
    .catchall(parameter)
    .optional(),
  inputs: z.array(inputSchema).min(1).max(maxTensors),
  outputs: z.array(outputSchema).max(maxTensors).optional().describe('Default: all outputs'),
});

/** A tensor in a request, with its values as JSON or as bytes. */
export interface GivenTensor {
  name: string;
  shape: number[];
  datatype: string;
  /** Its position in the request, for errors. */
  where: string;
  data: unknown;
  binary?: Buffer;
}

export interface RequestedOutput {
  name: string;
  where: string;
  /** Number of highest values to return as strings. */
  classification?: number;
  binary: boolean;
}

interface InferenceRequest {
  id?: string;
  inputs: GivenTensor[];
  /** undefined: all outputs, in the format that `binaryOutput` selects. */
  outputs?: RequestedOutput[];
  binaryOutput: boolean;
}

/** @throws DomainError INVALID_JSON, INVALID_REQUEST, TOO_LARGE */
export function parseInferenceRequest({ json, binary }: SplitBody): InferenceRequest {
  const request = parseOrFail(inferenceRequestSchema, parseTensors(json));
  const { id, parameters, inputs, outputs } = request;
  const binaryOutput = parameters?.binary_data_output ?? false;
  refuseDuplicates(inputs, 'inputs');
  refuseDuplicates(outputs ?? [], 'outputs');
  return {
    ...(id === undefined ? {} : { id }),
    inputs: withBinary(inputs, binary),
    outputs: outputs?.map(({ name, parameters: own }, index) => ({
      name,
      where: `outputs.${index}`,
      classification: own?.classification,
      binary: own?.binary_data ?? binaryOutput,
    })),
    binaryOutput,
  };
}

function parseTensors(json: Buffer): unknown {
  if (json.length > maxJsonBytes) {
    const message = `The JSON is larger than ${maxJsonBytes} bytes: send tensors of this size as binary data.`;
    throw new DomainError('TOO_LARGE', message);
  }
  return parseJson(json, { nestings: maxNestings, values: maxJsonBytes });
}

function refuseDuplicates(tensors: readonly { name: string }[], where: string): void {
  const names = new Set<string>();
  tensors.forEach(({ name }, index) => {
    if (names.has(name)) {
      throw invalidRequest([{ where: `${where}.${index}.name`, message: 'occurs twice' }]);
    }
    names.add(name);
  });
}

/** Assigns every tensor its part of the binary data, whose length must match exactly. */
function withBinary(inputs: z.output<typeof inputSchema>[], binary: Buffer): GivenTensor[] {
  let at = 0;
  const tensors = inputs.map(({ name, shape, datatype, parameters, data }, index) => {
    const where = `inputs.${index}`;
    const size = parameters?.binary_data_size;
    const tensor = { name, shape, datatype, where, data };
    if (size === undefined) {
      if (data !== undefined) return tensor;
      throw invalidRequest([{ where, message: 'must have data, or binary_data_size' }]);
    }
    if (data !== undefined) {
      throw invalidRequest([{ where, message: 'has data and binary_data_size: give one' }]);
    }
    const left = binary.length - at;
    if (size > left) {
      const message = `has binary_data_size ${size}, but ${left} bytes are left after the JSON (${jsonLengthHeader} says where it ends)`;
      throw invalidRequest([{ where, message }]);
    }
    at += size;
    return { ...tensor, binary: binary.subarray(at - size, at) };
  });
  if (at < binary.length) {
    const message = `has ${binary.length - at} bytes after its tensors`;
    throw invalidRequest([{ where: 'body', message }]);
  }
  return tensors;
}
