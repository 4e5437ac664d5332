import { invalidRequest } from '../../../../platform/errors/invalid-request';
import { isBase64 } from '../../../../platform/http/text';
import { tooLarge } from '../../../../platform/http/collect';
import { readBytesElements } from './binary-data';
import { floatsFromBinary, floatsFromJson, floatTypes, isFloatType } from './float-values';
import type { GivenTensor } from './inference-request';

/** The inputs of a model, of which a request has one. */
export const inputNames = { tensor: 'images', encoded: 'encoded_images' } as const;

/** Former name of the encoded input; still accepted. */
export const formerEncodedName = 'pictures';

export interface InputLimits {
  /** Maximum number per request. */
  images: number;
  /** Maximum bytes of an encoded image. */
  imageBytes: number;
}

const knownNames: readonly string[] = [inputNames.tensor, inputNames.encoded, formerEncodedName];

/** A request's images, as plain data that can pass between threads. */
export type GivenInput =
  | { tensor: { values: Float32Array; shape: readonly number[]; where: string } }
  | { encoded: Uint8Array[]; where: string; name: string };

/** Names an encoded image in errors, by the position of its input. */
export const nameOfElement = (where: string) => (index: number) => `${where}.data.${index}`;

/** Checks and returns the input of a request. @throws DomainError INVALID_REQUEST, TOO_LARGE */
export function readInput(inputs: readonly GivenTensor[], limits: InputLimits): GivenInput {
  const [input, another] = inputs;
  for (const { name, where } of inputs) {
    if (knownNames.includes(name)) continue;
    const message = `must be "${inputNames.tensor}" or "${inputNames.encoded}", not ${JSON.stringify(name)}`;
    throw invalidRequest([{ where: `${where}.name`, message }]);
  }
  if (another) {
    const message = `give "${inputNames.tensor}" or "${inputNames.encoded}", not both`;
    throw invalidRequest([{ where: 'inputs', message }]);
  }
  return input!.name === inputNames.tensor
    ? { tensor: tensorOf(input!, limits) }
    : encodedOf(input!, limits);
}

function tensorOf(input: GivenTensor, limits: InputLimits) {
  const { shape, where, datatype, binary, data } = input;
  checkShape(input, 4, limits);
  const wrongType = (message: string) => invalidRequest([{ where: `${where}.datatype`, message }]);
  if (!isFloatType(datatype)) {
    throw wrongType(`must be ${floatTypes.join(' or ')}, not ${JSON.stringify(datatype)}`);
  }
  if (!binary && datatype !== 'FP32') throw wrongType('must be FP32 where the data is JSON');
  const values = binary
    ? floatsFromBinary(binary, { type: datatype, shape, where })
    : floatsFromJson(data, { shape, where: `${where}.data` });
  return { values, shape, where };
}

function encodedOf(input: GivenTensor, limits: InputLimits): GivenInput {
  const { name, shape, where, datatype, binary, data } = input;
  checkShape(input, 1, limits);
  if (datatype !== 'BYTES') {
    const message = `must be BYTES, not ${JSON.stringify(datatype)}`;
    throw invalidRequest([{ where: `${where}.datatype`, message }]);
  }
  const count = shape[0]!;
  const nameOf = nameOfElement(where);
  const encoded = binary
    ? readBytesElements(binary, count, where)
    : imagesFromJson(data, count, `${where}.data`);
  encoded.forEach((image, index) => {
    if (image.length === 0) throw invalidRequest([{ where: nameOf(index), message: 'is empty' }]);
    if (image.length > limits.imageBytes) throw tooLarge(nameOf(index), limits.imageBytes);
  });
  return { encoded, where, name };
}

function checkShape({ shape, where }: GivenTensor, axes: number, { images }: InputLimits): void {
  const fail = (message: string) => invalidRequest([{ where: `${where}.shape`, message }]);
  if (shape.length !== axes) throw fail(`must have ${axes} axes, not ${shape.length}`);
  if (shape.includes(0)) throw fail('must not be 0 along an axis');
  if (shape[0]! > images) throw fail(`must be at most ${images} images, not ${shape[0]}`);
}

function imagesFromJson(data: unknown, count: number, where: string): Buffer[] {
  if (!Array.isArray(data) || data.length !== count) {
    throw invalidRequest([{ where, message: `must be a list of ${count} base64 strings` }]);
  }
  return data.map((text: unknown, index) => {
    if (typeof text === 'string' && isBase64(text)) return Buffer.from(text, 'base64');
    throw invalidRequest([{ where: `${where}.${index}`, message: 'must be a base64 string' }]);
  });
}
