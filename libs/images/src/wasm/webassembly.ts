import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The part of WebAssembly's types used here. The full types come only with the browser's whole library. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: object };
};

/** Functions of assembly/. Addresses and lengths are in bytes. */
interface Functions {
  memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  resampleRows(...args: number[]): void;
  resampleColumns(...args: number[]): void;
  normalise(...args: number[]): void;
}

const pageBytes = 2 ** 16;
const vectorBytes = 16;

let loaded: Functions | undefined;

/** Loads the compiled file, whether this runs from the sources or compiled. */
function load(): Functions {
  const file = join(__dirname, '../../dist/wasm/images.wasm');
  const compiled = new WebAssembly.Module(readFileSync(file));
  return new WebAssembly.Instance(compiled).exports as Functions;
}

/**
 * Returns the functions of assembly/ with room for arrays of the given sizes in bytes, valid until the next call. Each array
 * has room around it for a vector that begins or ends outside.
 */
export function inMemory<const Sizes extends readonly number[]>(
  ...sizes: Sizes
): { functions: Functions; buffer: ArrayBuffer; at: { [I in keyof Sizes]: number } } {
  const functions = (loaded ??= load());
  let end = vectorBytes;
  const at = sizes.map((bytes) => {
    const start = end;
    end += (Math.ceil(bytes / vectorBytes) + 1) * vectorBytes;
    return start;
  });
  const lacking = end - functions.memory.buffer.byteLength;
  if (lacking > 0) functions.memory.grow(Math.ceil(lacking / pageBytes));
  return { functions, buffer: functions.memory.buffer, at: at as { [I in keyof Sizes]: number } };
}
