import { fstatSync, openSync, readSync } from 'node:fs';
import type { ready } from 'h5wasm' with { 'resolution-mode': 'import' };

const pageBytes = 65_536;

interface HeapMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** TypeScript has WebAssembly's types among the browser's alone. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: { Memory: { prototype: HeapMemory } };
};

/**
 * Bounds every WebAssembly heap of this thread: to the library that asks for more it is as if the memory were used up.
 * Emscripten itself can only be told when it is built.
 */
export function limitHeap(bytes: number): void {
  const { prototype } = WebAssembly.Memory;
  const { grow } = prototype;
  prototype.grow = function (pages) {
    if (this.buffer.byteLength + pages * pageBytes > bytes) throw new RangeError('no memory left');
    return grow.call(this, pages);
  };
}

/** What is needed of Emscripten's file system and is not in its types. */
interface FileSystem {
  createFile(parent: string, name: string, properties: object, read: boolean, write: boolean): Node;
}

interface Node {
  usedBytes: number;
  stream_ops: {
    llseek: unknown;
    read?(
      stream: unknown,
      buffer: Uint8Array,
      offset: number,
      length: number,
      from: number,
    ): number;
  };
}

/**
 * Makes a file the only one in the library's own file system: other files that it may refer to are out of reach, and
 * its bytes are read when they are asked for.
 * @returns its path there
 */
export function mountReadOnly(hdf5: Awaited<typeof ready>, path: string): string {
  const file = openSync(path, 'r');
  const { size } = fstatSync(file);
  const node = (hdf5.FS as unknown as FileSystem).createFile('/', 'weights', {}, true, false);
  Object.defineProperty(node, 'usedBytes', { value: size });
  node.stream_ops = {
    llseek: node.stream_ops.llseek,
    read: (_, buffer, offset, length, from) => readSync(file, buffer, offset, length, from),
  };
  return '/weights';
}
