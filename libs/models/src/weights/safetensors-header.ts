import { fail, shown } from './fail';
import { elementBytes, type TensorType } from './tensor-types';

/** Header of a safetensors file: https://github.com/huggingface/safetensors#format */
interface SafetensorsHeader {
  metadata: Readonly<Record<string, string>>;
  /** Tensors in the order of their data; `begin` and `end` are bytes from the start of the file. */
  tensors: Map<string, SafetensorsEntry>;
}

export interface SafetensorsEntry {
  dtype: TensorType;
  shape: readonly number[];
  begin: number;
  end: number;
}

/** Maximum size of a header; that of a thousand tensors takes 0.1 MB. */
export const maxHeaderBytes = 4 * 2 ** 20;

/**
 * Reads a header and checks every field of it against the size of the file.
 * @param json the header's bytes, after the 8 bytes of its length
 * @param fileBytes size of the whole file
 * @throws RangeError saying what is wrong
 */
export function parseHeader(json: Uint8Array, fileBytes: number): SafetensorsHeader {
  const fields = parseObject(json);
  const dataStart = 8 + json.byteLength;
  const dataBytes = fileBytes - dataStart;
  let metadata: Record<string, string> = {};
  const entries: [string, SafetensorsEntry][] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (name === '__metadata__') metadata = parseMetadata(value);
    else entries.push([name, parseEntry(name, value, dataStart, dataBytes)]);
  }
  entries.sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let end = dataStart;
  let previous = 'the header';
  for (const [name, entry] of entries) {
    if (entry.begin < end)
      fail(`the data of "${shown(name)}" overlaps that of "${shown(previous)}"`);
    if (entry.begin > end) {
      fail(
        `${entry.begin - end} bytes between "${shown(previous)}" and "${shown(name)}" belong to no tensor`,
      );
    }
    ({ end } = entry);
    previous = name;
  }
  if (end < fileBytes) fail(`${fileBytes - end} bytes at its end belong to no tensor`);
  return { metadata, tensors: new Map(entries) };
}

function parseObject(json: Uint8Array): Record<string, unknown> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json);
  } catch {
    return fail('its header is not UTF-8 text');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return fail(`its header is not JSON (${(error as Error).message})`);
  }
  if (!isObject(value)) return fail('its header is not a JSON object');
  const duplicate = duplicateKey(text);
  if (duplicate !== undefined) fail(`its header names "${shown(duplicate)}" twice`);
  return value;
}

function parseMetadata(value: unknown): Record<string, string> {
  if (!isObject(value)) return fail('"__metadata__" is not an object');
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string')
      fail(`"__metadata__" has a value for "${shown(key)}" that is not a string`);
  }
  return value as Record<string, string>;
}

function parseEntry(
  name: string,
  value: unknown,
  dataStart: number,
  dataBytes: number,
): SafetensorsEntry {
  if (!isObject(value)) return fail(`the entry of "${shown(name)}" is not an object`);
  const { dtype, shape, data_offsets: offsets, ...rest } = value;
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined) fail(`"${shown(name)}" has an unknown field "${shown(unknown)}"`);
  if (!isTensorType(dtype)) {
    const types = Object.keys(elementBytes).join(', ');
    return fail(
      `"${shown(name)}" has the type ${JSON.stringify(dtype)?.slice(0, 100)}; only ${types} are supported`,
    );
  }
  if (!isCounts(shape)) {
    return fail(`the shape of "${shown(name)}" is not a list of non-negative integers`);
  }
  if (!isCounts(offsets) || offsets.length !== 2) {
    return fail(`"data_offsets" of "${shown(name)}" are not two non-negative integers`);
  }
  const [begin, end] = offsets;
  if (begin > end) fail(`the data of "${shown(name)}" ends (${end}) before it begins (${begin})`);
  if (end > dataBytes) {
    fail(
      `the data of "${shown(name)}" ends at byte ${end}, but there are only ${dataBytes} bytes of data`,
    );
  }
  const bytes = shape.reduce((product, side) => product * side, elementBytes[dtype]);
  if (bytes !== end - begin) {
    fail(
      `"${shown(name)}" is ${dtype} [${shape.join(', ')}], ${bytes} bytes, but its data takes ${end - begin} bytes`,
    );
  }
  return { dtype, shape, begin: dataStart + begin, end: dataStart + end };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTensorType(value: unknown): value is TensorType {
  return typeof value === 'string' && Object.hasOwn(elementBytes, value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

/**
 * Returns the first key that any object in a JSON text contains twice, of which JSON.parse silently keeps the last.
 * @param text valid JSON
 */
function duplicateKey(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  const tokens = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/gs;
  for (const [token, colon] of text.matchAll(tokens)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (colon !== undefined) {
      const key = JSON.parse(token.slice(0, -colon.length)) as string;
      const keys = open.at(-1)!;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}
