import type { FileHandle } from 'node:fs/promises';
import type { Type } from 'protobufjs/light';
import { readBytes } from '../../weights/read-bytes';

/** A range of bytes in a file; the end is exclusive. */
export interface Range {
  begin: number;
  end: number;
}

/** One field of a message. */
interface ProtoField {
  /** The whole field: its number, its length and its contents. */
  readonly whole: Range;
  /** @throws RangeError when it is not an integer */
  integer(): number;
  /** Returns one or more items of a repeated number. @throws RangeError when they are not integers */
  integers(): Promise<number[]>;
  /** Returns one or more items of a repeated 32-bit float, at most a window's content. */
  floats(): Promise<number[]>;
  /** @throws RangeError when it has no contents */
  range(): Range;
  /** @throws RangeError when it is not UTF-8, or the total length of all texts is too large */
  text(): Promise<string>;
}

type Handler = (field: ProtoField) => void | Promise<void>;

const windowBytes = 2 ** 14;
/** Maximum size of a tag and a length, at most ten bytes each. */
const longestHead = 20;
/** Maximum number of fields, far more than any classifier has. */
const maxFields = 1_000_000;
const maxTextBytes = 2 ** 25;
/** Maximum bytes of floats that are read at once. */
const maxFloatBytes = 256;

/** Wire types. https://protobuf.dev/programming-guides/encoding/ */
const wire = { varint: 0, fixed64: 1, delimited: 2, fixed32: 5 } as const;

/**
 * Reads a Protocol Buffers file that is too large for memory, skipping fields without a handler. Every method throws
 * RangeError if the file is malformed.
 */
export class ProtoFile {
  private window = Buffer.alloc(0);
  private windowBegin = 0;
  private fields = 0;
  private textBytes = 0;

  /** @param size of the file, in bytes */
  constructor(
    private readonly file: FileHandle,
    private readonly size: number,
  ) {}

  get all(): Range {
    return { begin: 0, end: this.size };
  }

  /** Calls a handler for each of a message's fields that has one, by the field's name, in the file's order. */
  async walk(type: Type, { begin, end }: Range, handlers: Record<string, Handler>): Promise<void> {
    for (let position = begin; position < end;) {
      const tag = await this.head(position, end);
      const [id, wireType] = [Number(tag.value >> 3n), Number(tag.value & 7n)];
      const field = this.field(wireType, tag.next, end, position);
      const handler = Object.hasOwn(type.fieldsById, id) && handlers[type.fieldsById[id].name];
      if (handler) await handler(field);
      position = field.next;
    }
  }

  private field(
    wireType: number,
    position: number,
    end: number,
    begin: number,
  ): ProtoField & { next: number } {
    let number: bigint | undefined;
    let content: Range | undefined;
    let next: number;
    if (wireType === wire.varint) {
      ({ value: number, next } = this.varint(position, end));
    } else if (wireType === wire.delimited) {
      const length = this.varint(position, end);
      content = { begin: length.next, end: length.next + Number(length.value) };
      next = content.end;
    } else if (wireType === wire.fixed32 || wireType === wire.fixed64) {
      next = position + (wireType === wire.fixed32 ? 4 : 8);
    } else {
      throw new RangeError(`at byte ${position} there is a field of unknown type ${wireType}`);
    }
    if (next > end) {
      throw new RangeError(
        `a field at byte ${position} reaches to ${next}, but what it is part of ends at ${end}`,
      );
    }
    const range = () => {
      if (content) return content;
      throw new RangeError(`at byte ${position} there is a number where contents should be`);
    };
    const integer = () => {
      if (number !== undefined) return whole(number, position);
      throw new RangeError(`at byte ${position} there is no integer where one should be`);
    };
    return {
      next,
      integer,
      range,
      whole: { begin, end: next },
      integers: async () => (content ? this.packed(content) : [integer()]),
      floats: () => this.floats(content ?? { begin: position, end: next }),
      text: () => this.text(range()),
    };
  }

  private async floats({ begin, end }: Range): Promise<number[]> {
    const bytes = await this.bytes({ begin, end: Math.min(end, begin + maxFloatBytes) });
    return Array.from({ length: bytes.length >> 2 }, (_, at) => bytes.readFloatLE(4 * at));
  }

  /** Reads the bytes of a small range. */
  async bytes(range: Range): Promise<Buffer> {
    await this.look(range);
    const begin = range.begin - this.windowBegin;
    return Buffer.from(this.window.subarray(begin, begin + range.end - range.begin));
  }

  private async packed(range: Range): Promise<number[]> {
    const values: number[] = [];
    for (let position = range.begin; position < range.end;) {
      const { value, next } = await this.head(position, range.end);
      values.push(whole(value, position));
      position = next;
    }
    return values;
  }

  private async text(range: Range): Promise<string> {
    this.textBytes += range.end - range.begin;
    if (this.textBytes > maxTextBytes) {
      throw new RangeError(`its names and metadata take more than ${maxTextBytes} bytes`);
    }
    await this.look(range);
    const bytes = this.window.subarray(
      range.begin - this.windowBegin,
      range.end - this.windowBegin,
    );
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      throw new RangeError(`the text at byte ${range.begin} is not UTF-8`);
    }
  }

  /** Reads the number at the start of a field, or of an item of a packed one; both count as fields. */
  private async head(position: number, end: number): Promise<{ value: bigint; next: number }> {
    if (++this.fields > maxFields) throw new RangeError(`it has more than ${maxFields} fields`);
    await this.look({ begin: position, end: Math.min(position + longestHead, end) });
    return this.varint(position, end);
  }

  /** Reads a varint at a position within the window. */
  private varint(position: number, end: number): { value: bigint; next: number } {
    let value = 0n;
    for (let index = 0; index < 10 && position + index < end; index++) {
      const byte = this.window[position + index - this.windowBegin];
      value |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) return { value, next: position + index + 1 };
    }
    throw new RangeError(`the number at byte ${position} does not end`);
  }

  /** Moves the window to a range. */
  private async look({ begin, end }: Range): Promise<void> {
    if (begin >= this.windowBegin && end <= this.windowBegin + this.window.length) return;
    const wanted = Math.min(Math.max(windowBytes, end - begin), this.size - begin);
    this.window = Buffer.from(await readBytes(this.file, begin, wanted));
    this.windowBegin = begin;
  }
}

function whole(value: bigint, position: number): number {
  const signed = Number(BigInt.asIntN(64, value));
  if (Number.isSafeInteger(signed)) return signed;
  throw new RangeError(`the number at byte ${position} is too large: ${signed}`);
}
