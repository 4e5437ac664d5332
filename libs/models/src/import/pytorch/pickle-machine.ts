import { fail } from '../../weights/fail';

/**
 * A value in a pickle: None is null, a tuple or list an array, a dict a Map, a set a Set, an integer beyond 2⁵³ a bigint,
 * bytes a Uint8Array; everything else comes from the host.
 */
export type PickleValue = unknown;

/** Resolves a pickle's external references. */
export interface PickleHost {
  /** Resolves a name to a function that the pickle may call, or to an InertGlobal. */
  global(module: string, name: string): PickleValue;
  /** Resolves a persistent id. @throws RangeError for an unknown kind of reference */
  persistent(id: PickleValue): PickleValue;
}

/** The state of a pickle that is being read, and primitives for its operations. */
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

  /** Takes the next bytes, as a view of the pickle. */
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
    if (this.stack.length <= floor) fail('its pickle takes a value from an empty stack');
    return this.stack.pop();
  }

  top(): PickleValue {
    const value = this.pop();
    this.stack.push(value);
    return value;
  }

  /** Pops all values since the last mark, and the mark. */
  popToMark(): PickleValue[] {
    const mark = this.marks.pop();
    if (mark === undefined) return fail('its pickle returns to a mark that does not exist');
    return this.stack.splice(mark);
  }
}
