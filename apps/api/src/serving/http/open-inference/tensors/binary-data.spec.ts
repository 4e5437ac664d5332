import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../../../../platform/errors/domain-error';
import { readBytesElements, splitBody, writeBytesElements } from './binary-data';

const body = Buffer.from('{}rest');

describe('splitBody', () => {
  it('splits the body where the header says, and treats all of it as JSON without the header', () => {
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
  it('elements of any length and script survive a round trip', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), (texts) => {
        const elements = readBytesElements(writeBytesElements(texts), texts.length, 'x');
        expect(elements.map(String)).toEqual(texts);
      }),
    );
  });

  it('data that does not end exactly with its last element is refused, and never read beyond', () => {
    const bytes = writeBytesElements(['abc', 'd']);
    const read = (binary: Buffer, count: number) => () => readBytesElements(binary, count, 'x');
    expect(read(bytes, 1)).toThrow('has 5 bytes after its 1 elements');
    expect(read(bytes, 3)).toThrow('ends before element 2 of 3');
    expect(read(bytes.subarray(0, -1), 2)).toThrow('element 1 declares 1 bytes, but 0 are left');
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
