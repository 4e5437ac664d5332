import { fail } from '../../weights/fail';

/**
 * What a pickle may hold, in JavaScript's terms: None is null, a tuple or list an array, a dict a Map, a set a Set,
 * an integer beyond 2⁵³ a bigint, bytes a Uint8Array; all else comes from the host.
 */
export type PickleValue = unknown;

/** What a pickle refers to outside itself. */
export interface PickleHost {
  /** A name's meaning: a function where the pickle may call it, an InertGlobal where it means nothing. */
  global(module: string, name: string): PickleValue;
  /** @throws RangeError when it is no reference that pickles may have */
  persistent(id: PickleValue): PickleValue;
}

/** The state of a pickle that is being read, and what its operations do to it. */
export class PickleMachine {
  readonly stack: PickleValue[] = [];
  readonly marks: number[] = [];
  readonly memo = new Map<number, PickleValue>();
  protected ended = false;

  /** @param position of the pickle's first byte; its end once it is read */
  constructor(
    private readonly bytes: Buffer,
    public position: number,
    readonly host: PickleHost,
  ) {}

  end(): void {
    this.ended = true;
  }

  byte(): number {
    return this.take(1)[0];
  }

  /** The next bytes, shared with the pickle. */
  take(length: number): Buffer {
    const end = this.position + length;
    if (!(end <= this.bytes.length)) fail('its pickle ends in the middle of an operation');
    const taken = this.bytes.subarray(this.position, end);
    this.position = end;
    return taken;
  }

  line(): string {
    const end = this.bytes.indexOf('\n', this.position);
    if (end < 0 || end - this.position > 1000) fail('a name in its pickle does not end');
    const text = this.take(end - this.position).toString('utf8');
    this.position++;
    return text;
  }

  push(value: PickleValue): void {
    this.stack.push(value);
  }

  pop(): PickleValue {
    const floor = this.marks.at(-1) ?? 0;
    if (this.stack.length <= floor) fail('its pickle takes a value where there is none');
    return this.stack.pop();
  }

  top(): PickleValue {
    const value = this.pop();
    this.stack.push(value);
    return value;
  }

  /** All values since the last mark, which goes. */
  popToMark(): PickleValue[] {
    const mark = this.marks.pop();
    if (mark === undefined) return fail('its pickle goes back to a mark where there is none');
    return this.stack.splice(mark);
  }
}
