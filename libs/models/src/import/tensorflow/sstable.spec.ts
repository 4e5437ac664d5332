import { Writer } from 'protobufjs/light';
import { describe, expect, it } from 'vitest';
import { crc32c } from '../crc32';
import { readTable, unmasked } from './sstable';

/** An entry of a block in its stored form. */
type Entry = [shared: number, added: string, value: Uint8Array];

function masked(checksum: number): number {
  return (((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0;
}

/** Builds tables with correct checksums, whatever else is wrong with them. */
class Table {
  private bytes = Buffer.alloc(0);

  /** @returns its handle */
  block(entries: Entry[], { compression = 0, restarts = 1 } = {}): Uint8Array {
    const writer = Writer.create();
    const parts = entries.map(([shared, added, value]) => {
      const lengths = Writer.create().uint32(shared).uint32(added.length).uint32(value.length);
      return Buffer.concat([lengths.finish(), Buffer.from(added), value]);
    });
    const end = Buffer.alloc(8);
    end.writeUInt32LE(restarts, 4);
    const block = Buffer.concat([...parts, end, Buffer.of(compression)]);
    writer.uint32(this.bytes.length).uint32(block.length - 1);
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32LE(masked(crc32c(block)));
    this.bytes = Buffer.concat([this.bytes, block, checksum]);
    return writer.finish();
  }

  finish(index: Uint8Array): Buffer {
    const handles = Buffer.concat([this.block([]), index], 40);
    return Buffer.concat([this.bytes, handles, Buffer.from('57fb808b247547db', 'hex')]);
  }

  static of(...entries: Entry[]): Buffer {
    const table = new Table();
    return table.finish(table.block([[0, 'z', table.block(entries)]]));
  }
}

const value = Buffer.from('value');

describe('a table', () => {
  it('is verified by CRC32C, with the test vectors of RFC 3720', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(unmasked(masked(0x8a9136aa))).toBe(0x8a9136aa);
  });

  it('returns its values by complete keys', () => {
    const table = Table.of([0, 'stem/beta', value], [5, 'gamma', Buffer.of(1)]);
    expect([...readTable(table)]).toEqual([
      ['stem/beta', value],
      ['stem/gamma', Buffer.of(1)],
    ]);
  });

  it.each<[string, () => Buffer, RegExp]>([
    ['keys out of order', () => Table.of([0, 'b', value], [0, 'a', value]), /"a" is out of order/],
    ['one key twice', () => Table.of([0, 'a', value], [1, '', value]), /"a" is out of order/],
    ['a key that shares too much', () => Table.of([0, 'a', value], [9, 'b', value]), /shares more/],
    ['an endless key', () => Table.of([0, 'a'.repeat(1025), value]), /longer than 1024 bytes/],
    ['compression', () => compressed(1), /is compressed \(Snappy\)/],
    ['unknown compression', () => compressed(9), /is compressed \(method 9\)/],
    ['too many restart points', tooManyRestarts, /too short for 4294967295 restart points/],
    ['a block listed again and again', repeated, /"a" is out of order/],
    [
      'a block past its end',
      () => new Table().finish(Buffer.of(0x7f, 0x7f)),
      /end after the table/,
    ],
    ['another ending', () => Buffer.alloc(100), /does not end like a checkpoint's index/],
  ])('is refused for %s', (_, make, message) => {
    expect(() => readTable(make())).toThrow(RangeError);
    expect(() => readTable(make())).toThrow(message);
  });
});

function compressed(compression: number): Buffer {
  const table = new Table();
  return table.finish(table.block([[0, 'z', table.block([[0, 'a', value]], { compression })]]));
}

function tooManyRestarts(): Buffer {
  const table = new Table();
  return table.finish(table.block([], { restarts: 0xffffffff }));
}

function repeated(): Buffer {
  const table = new Table();
  const handle = table.block([[0, 'a', value]]);
  return table.finish(
    table.block([
      [0, 'y', handle],
      [0, 'z', handle],
    ]),
  );
}
