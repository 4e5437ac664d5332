import { invalidRequest } from '../../../../platform/errors/invalid-request';

// Open Inference Protocol, binary tensor data extension: tensors follow the JSON, little-endian, without gaps.

export const jsonLengthHeader = 'Inference-Header-Content-Length';
const lengthBytes = 4;

export interface SplitBody {
  json: Buffer;
  /** Bytes of all tensors, one after the other. */
  binary: Buffer;
}

/**
 * Splits a body where its JSON ends.
 * @param jsonLength the header's text; without it, the whole body is JSON
 * @throws DomainError INVALID_REQUEST
 */
export function splitBody(body: Buffer, jsonLength: string | undefined): SplitBody {
  if (jsonLength === undefined) return { json: body, binary: Buffer.alloc(0) };
  const length = /^\d{1,15}$/.test(jsonLength) ? Number(jsonLength) : NaN;
  if (!(length <= body.length)) {
    const message = `must be a number of bytes, at most the body's ${body.length}`;
    throw invalidRequest([{ where: jsonLengthHeader, message }]);
  }
  return { json: body.subarray(0, length), binary: body.subarray(length) };
}

/**
 * Reads the elements of a BYTES tensor. Each is a length (unsigned 32-bit integer) followed by that many bytes.
 * @param where the tensor's place in the request
 * @throws DomainError INVALID_REQUEST unless there are exactly `count`
 */
export function readBytesElements(binary: Buffer, count: number, where: string): Buffer[] {
  const fail = (message: string) => invalidRequest([{ where, message }]);
  const elements: Buffer[] = [];
  let at = 0;
  while (elements.length < count) {
    const start = at + lengthBytes;
    if (start > binary.length) throw fail(`ends before element ${elements.length} of ${count}`);
    const end = start + binary.readUInt32LE(at);
    if (end > binary.length) {
      throw fail(
        `element ${elements.length} declares ${end - start} bytes, but ${binary.length - start} are left`,
      );
    }
    elements.push(binary.subarray(start, end));
    at = end;
  }
  if (at < binary.length) {
    throw fail(`has ${binary.length - at} bytes after its ${count} elements`);
  }
  return elements;
}

export function writeBytesElements(texts: readonly string[]): Buffer {
  const parts = texts.flatMap((text) => {
    const bytes = Buffer.from(text);
    const length = Buffer.alloc(lengthBytes);
    length.writeUInt32LE(bytes.length);
    return [length, bytes];
  });
  return Buffer.concat(parts);
}
