import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../../../../platform/errors/domain-error';
import { readBytesElements, splitBody, writeBytesElements } from './binary-data';

const body = Buffer.from('{}rest');

describe('splitBody', () => {
  it('parts the body where its header says, and takes all for JSON without one', () => {
    expect(splitBody(body, '2')).toEqual({ json: Buffer.from('{}'), binary: Buffer.from('rest') });
    expect(splitBody(body, undefined).json).toEqual(body);
  });

  it.each(['7', '-1', '1.5', '0x2', '', ' ', '2, 2', '9'.repeat(400), 'NaN'])(
    'refuses %j',
    (length) => {
      expect(() => splitBody(body, length)).toThrow(/Inference-Header-Content-Length: must be/);
    },
  );
});

describe('BYTES', () => {
  it('reads what it writes, of any length and script', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), (texts) => {
        const elements = readBytesElements(writeBytesElements(texts), texts.length, 'x');
        expect(elements.map(String)).toEqual(texts);
      }),
    );
  });

  it('refuses whatever does not end with its last element, and reads nothing beyond', () => {
    const bytes = writeBytesElements(['abc', 'd']);
    const read = (binary: Buffer, count: number) => () => readBytesElements(binary, count, 'x');
    expect(read(bytes, 1)).toThrow('has 5 bytes more than its 1 elements');
    expect(read(bytes, 3)).toThrow('ends before element 2 of 3');
    expect(read(bytes.subarray(0, -1), 2)).toThrow(
      'element 1 has 1 bytes by its length, 0 are there',
    );
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(), (binary, count) => {
        try {
          readBytesElements(Buffer.from(binary), count, 'x');
        } catch (error) {
          expect(error).toBeInstanceOf(DomainError);
        }
      }),
    );
  });
});
