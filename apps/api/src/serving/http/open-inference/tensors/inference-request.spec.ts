import { describe, expect, it } from 'vitest';
import { parseInferenceRequest } from './inference-request';

const parse = (request: unknown, binary = Buffer.alloc(0)) =>
  parseInferenceRequest({ json: Buffer.from(JSON.stringify(request)), binary });
const input = (extra: object = {}, name = 'images') => ({
  name,
  shape: [1],
  datatype: 'FP32',
  ...extra,
});
const binary = (size: unknown, extra: object = {}) =>
  input({ parameters: { binary_data_size: size }, ...extra });

describe('parseInferenceRequest', () => {
  it('every tensor gets its bytes, and every output the format that it or the request asks for', () => {
    const { inputs, outputs } = parse(
      {
        parameters: { binary_data_output: true, custom: 1 },
        inputs: [binary(1), { ...binary(2), name: 'b' }],
        outputs: [{ name: 'x' }, { name: 'y', parameters: { binary_data: false } }],
      },
      Buffer.from('abc'),
    );
    expect(inputs.map((tensor) => String(tensor.binary))).toEqual(['a', 'bc']);
    expect(outputs?.map((output) => output.binary)).toEqual([true, false]);
  });

  it.each([
    ['too few bytes', [binary(4)], 'has binary_data_size 4, but 3 bytes are left'],
    ['bytes left over', [binary(2)], 'has 1 bytes after its tensors'],
    ['bytes of no tensor', [input({ data: [1] })], 'has 3 bytes after its tensors'],
    ['a negative size', [binary(-3)], 'inputs.0.parameters.binary_data_size'],
    ['a size beyond the largest integer', [binary(1e300)], 'inputs.0.parameters.binary_data_size'],
    ['half a byte', [binary(2.5)], 'inputs.0.parameters.binary_data_size'],
    ['bytes and data', [binary(3, { data: [1] })], 'give one'],
    ['neither', [input()], 'must have data, or binary_data_size'],
    ['a name twice', [binary(1), binary(2)], 'inputs.1.name: occurs twice'],
    ['shared memory', [input({ parameters: { shared_memory_region: 'a' } })], 'not supported'],
    ['a negative shape', [binary(3, { shape: [-1] })], 'inputs.0.shape.0'],
    ['a shape of many axes', [binary(3, { shape: Array(9).fill(1) })], 'inputs.0.shape'],
    ['a shape that is not a list', [binary(3, { shape: 3 })], 'inputs.0.shape'],
    ['no inputs', [], 'inputs'],
  ])('refuses %s', (_, inputs, message) => {
    expect(() => parse({ inputs }, Buffer.from('abc'))).toThrow(message);
  });

  it('refuses a repeated output, and a classification of zero classes', () => {
    const ask =
      (...outputs: object[]) =>
      () =>
        parse({ inputs: [input({ data: [1] })], outputs });
    expect(ask({ name: 'x' }, { name: 'x' })).toThrow('outputs.1.name: occurs twice');
    expect(ask({ name: 'x', parameters: { classification: 0 } })).toThrow('classification');
  });
});

describe('JSON', () => {
  const parseText = (json: Buffer) => () =>
    parseInferenceRequest({ json, binary: Buffer.alloc(0) });

  it.each(['', '{', '{"a":1}x', '\xff\xfe'])('is refused as %j', (text) => {
    expect(parseText(Buffer.from(text, 'latin1'))).toThrow('valid JSON');
  });

  it('is refused if it would take much more memory than its text', () => {
    expect(parseText(Buffer.alloc(1_000_001, '['))).toThrow('lists and objects');
    expect(parseText(Buffer.alloc(16 * 1024 ** 2 + 1, ' '))).toThrow('binary data');
  });
});
