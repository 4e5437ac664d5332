import type { Answer, Client } from './client';

/** A tensor in requests and answers of the Open Inference Protocol. */
export interface Tensor {
  name: string;
  shape?: unknown;
  datatype?: unknown;
  parameters?: Record<string, unknown>;
  data?: unknown;
}

export interface Inference {
  model_name: string;
  model_version: string;
  id?: string;
  outputs: (Tensor & { data?: (number | string)[] })[];
  error?: string;
}

/** @param binary data after the JSON */
export function inferenceBody(request: unknown, binary: Buffer[] = []) {
  const json = Buffer.from(JSON.stringify(request));
  const body = new Uint8Array(Buffer.concat([json, ...binary]));
  return { body, jsonLength: json.length };
}

/** @param path path of the model below /v2/models */
export async function infer(
  client: Client,
  path: string,
  request: unknown,
  binary?: Buffer[],
): Promise<Answer<Inference> & { binary: Buffer }> {
  const { body, jsonLength } = inferenceBody(request, binary);
  const headers = { ...(binary ? { 'Inference-Header-Content-Length': String(jsonLength) } : {}) };
  const answer = await client.send<Inference | Buffer>('POST', `//v2/models/${path}/infer`, {
    body,
    headers,
  });
  const { body: answered } = answer;
  if (!Buffer.isBuffer(answered)) {
    return { ...answer, body: answered, binary: Buffer.alloc(0) };
  }
  const length = Number(answer.headers.get('Inference-Header-Content-Length'));
  const json: Inference = JSON.parse(answered.subarray(0, length).toString());
  return { ...answer, body: json, binary: answered.subarray(length) };
}

/** The input `encoded_images`, in base64. */
export function encodedImages(images: readonly Buffer[]): Tensor {
  const data = images.map((bytes) => bytes.toString('base64'));
  return { name: 'encoded_images', shape: [data.length], datatype: 'BYTES', data };
}

/** An element of a BYTES tensor in binary data. */
export function bytesElement(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes]);
}
