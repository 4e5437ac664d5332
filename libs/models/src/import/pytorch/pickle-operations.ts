import { fail } from '../../weights/fail';
import { InertGlobal, InertObject } from './inert';
import { PickledTensor } from './pickled-tensor';
import type { PickleMachine, PickleValue } from './pickle-machine';

type Operation = (pickle: PickleMachine) => void;

/** Maximum length of integers, longer than any in a checkpoint. */
const maxIntegerBytes = 64;

/**
 * Operations by code, with Python's names. Those that create an object of an unknown class create an inert one.
 */
export const operations: ReadonlyMap<number, Operation> = new Map<number, Operation>([
  [code('.'), (pickle) => pickle.end()],
  [0x95 /* FRAME */, (pickle) => void pickle.take(8)],

  [code('('), (pickle) => pickle.marks.push(pickle.stack.length)],
  [code('0'), (pickle) => void pickle.pop()],
  [code('1'), (pickle) => void pickle.popToMark()],
  [code('2'), (pickle) => pickle.push(pickle.top())],

  [code('N'), (pickle) => pickle.push(null)],
  [0x88 /* NEWTRUE */, (pickle) => pickle.push(true)],
  [0x89 /* NEWFALSE */, (pickle) => pickle.push(false)],
  [code('J'), (pickle) => pickle.push(pickle.take(4).readInt32LE())],
  [code('K'), (pickle) => pickle.push(pickle.byte())],
  [code('M'), (pickle) => pickle.push(pickle.take(2).readUInt16LE())],
  [0x8a /* LONG1 */, (pickle) => pickle.push(integer(pickle, pickle.byte()))],
  [0x8b /* LONG4 */, (pickle) => pickle.push(integer(pickle, length4(pickle)))],
  [code('G'), (pickle) => pickle.push(pickle.take(8).readDoubleBE())],

  [0x8c /* SHORT_BINUNICODE */, (pickle) => pickle.push(text(pickle, pickle.byte()))],
  [code('X'), (pickle) => pickle.push(text(pickle, length4(pickle)))],
  [0x8d /* BINUNICODE8 */, (pickle) => pickle.push(text(pickle, length8(pickle)))],
  [code('U'), (pickle) => pickle.push(text(pickle, pickle.byte()))],
  [code('T'), (pickle) => pickle.push(text(pickle, length4(pickle)))],
  [code('C'), (pickle) => pickle.push(pickle.take(pickle.byte()))],
  [code('B'), (pickle) => pickle.push(pickle.take(length4(pickle)))],
  [0x8e /* BINBYTES8 */, (pickle) => pickle.push(pickle.take(length8(pickle)))],
  [0x96 /* BYTEARRAY8 */, (pickle) => pickle.push(pickle.take(length8(pickle)))],

  [code(']'), (pickle) => pickle.push([])],
  [code('l'), (pickle) => pickle.push(pickle.popToMark())],
  [code('a'), (pickle) => append(pickle, [pickle.pop()])],
  [code('e'), (pickle) => append(pickle, pickle.popToMark())],

  [code(')'), (pickle) => pickle.push([])],
  [code('t'), (pickle) => pickle.push(pickle.popToMark())],
  [0x85 /* TUPLE1 */, (pickle) => tuple(pickle, 1)],
  [0x86 /* TUPLE2 */, (pickle) => tuple(pickle, 2)],
  [0x87 /* TUPLE3 */, (pickle) => tuple(pickle, 3)],

  [code('}'), (pickle) => pickle.push(new Map())],
  [code('d'), (pickle) => pickle.push(fill(new Map(), pickle.popToMark()))],
  [code('s'), (pickle) => setItems(pickle, [pickle.pop(), pickle.pop()].reverse())],
  [code('u'), (pickle) => setItems(pickle, pickle.popToMark())],

  [0x8f /* EMPTY_SET */, (pickle) => pickle.push(new Set())],
  [0x90 /* ADDITEMS */, addItems],
  [0x91 /* FROZENSET */, (pickle) => pickle.push(new Set(pickle.popToMark()))],

  [code('q'), (pickle) => remember(pickle, pickle.byte())],
  [code('r'), (pickle) => remember(pickle, length4(pickle))],
  [0x94 /* MEMOIZE */, (pickle) => remember(pickle, pickle.memo.size)],
  [code('h'), (pickle) => recall(pickle, pickle.byte())],
  [code('j'), (pickle) => recall(pickle, length4(pickle))],

  [code('c'), (pickle) => pickle.push(pickle.host.global(pickle.line(), pickle.line()))],
  [0x93 /* STACK_GLOBAL */, stackGlobal],
  [
    code('i'),
    (pickle) => make(pickle, pickle.host.global(pickle.line(), pickle.line()), pickle.popToMark()),
  ],
  [code('o'), (pickle) => makeOf(pickle, pickle.popToMark())],
  [code('R'), reduce],
  [0x81 /* NEWOBJ */, reduce],
  [
    0x92 /* NEWOBJ_EX */,
    (pickle) => {
      pickle.pop();
      reduce(pickle);
    },
  ],
  [code('b'), build],
  [code('Q'), (pickle) => pickle.push(pickle.host.persistent(pickle.pop()))],
]);

function code(character: string): number {
  return character.charCodeAt(0);
}

function length4(pickle: PickleMachine): number {
  return pickle.take(4).readUInt32LE();
}

function length8(pickle: PickleMachine): number {
  return Number(pickle.take(8).readBigUInt64LE());
}

function text(pickle: PickleMachine, length: number): string {
  return pickle.take(length).toString('utf8');
}

/** Two's complement, little-endian. */
function integer(pickle: PickleMachine, length: number): number | bigint {
  if (length > maxIntegerBytes) fail(`its pickle has an integer of ${length} bytes`);
  if (length === 0) return 0;
  const hex = Buffer.from(pickle.take(length)).reverse().toString('hex');
  const value = BigInt.asIntN(8 * length, BigInt(`0x${hex}`));
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function append(pickle: PickleMachine, items: readonly PickleValue[]): void {
  const list = pickle.top();
  if (list instanceof InertObject) return;
  if (!Array.isArray(list)) return fail('its pickle appends to a non-list');
  for (const item of items) list.push(item);
}

function tuple(pickle: PickleMachine, length: number): void {
  pickle.push(Array.from({ length }, () => pickle.pop()).reverse());
}

function setItems(pickle: PickleMachine, items: readonly PickleValue[]): void {
  const top = pickle.top();
  const dict = top instanceof InertObject ? top.items : top;
  if (!(dict instanceof Map)) return fail('its pickle sets items on a non-dict');
  fill(dict, items);
}

function fill(dict: Map<PickleValue, PickleValue>, items: readonly PickleValue[]): PickleValue {
  if (items.length % 2 !== 0) fail('its pickle has a key without a value');
  for (let index = 0; index < items.length; index += 2) dict.set(items[index], items[index + 1]);
  return dict;
}

function addItems(pickle: PickleMachine): void {
  const items = pickle.popToMark();
  const set = pickle.top();
  if (set instanceof InertObject) return;
  if (!(set instanceof Set)) return fail('its pickle adds to a non-set');
  for (const item of items) set.add(item);
}

function remember(pickle: PickleMachine, key: number): void {
  pickle.memo.set(key, pickle.top());
}

function recall(pickle: PickleMachine, key: number): void {
  if (!pickle.memo.has(key)) fail(`its pickle recalls value ${key}, which was not stored`);
  pickle.push(pickle.memo.get(key));
}

function stackGlobal(pickle: PickleMachine): void {
  const name = pickle.pop();
  const module = pickle.pop();
  if (typeof module !== 'string' || typeof name !== 'string')
    fail('its pickle uses a name that is not a string');
  pickle.push(pickle.host.global(module, name));
}

function reduce(pickle: PickleMachine): void {
  const args = pickle.pop();
  make(pickle, pickle.pop(), args);
}

function makeOf(pickle: PickleMachine, [callee, ...args]: readonly PickleValue[]): void {
  make(pickle, callee, args);
}

/** Calls one of the host's functions; nothing else is ever called. */
function make(pickle: PickleMachine, callee: PickleValue, args: PickleValue): void {
  if (!Array.isArray(args)) return fail('its pickle calls something with invalid arguments');
  if (callee instanceof InertGlobal) return pickle.push(new InertObject(callee.name));
  if (callee instanceof InertObject) return pickle.push(new InertObject(callee.kind));
  if (typeof callee !== 'function') return fail('its pickle calls a non-function');
  pickle.push(callee(args));
}

/** Ignores attributes, such as a state dict's module versions, as they are irrelevant to weights. */
function build(pickle: PickleMachine): void {
  pickle.pop();
  const top = pickle.top();
  if (top instanceof Map || top instanceof InertObject || top instanceof PickledTensor) return;
  fail('its pickle sets attributes on a value without attributes');
}
