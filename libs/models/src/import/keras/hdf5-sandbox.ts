import { fstatSync, openSync, readSync } from 'node:fs';
import type { ready } from 'h5wasm' with { 'resolution-mode': 'import' };

const pageBytes = 65_536;

interface HeapMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** TypeScript only has WebAssembly's types in its DOM library. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: { Memory: { prototype: HeapMemory } };
};

/**
 * Limits every WebAssembly heap of this thread; beyond the limit, the library runs out of memory. Emscripten's own limit
 * can only be set when the library is built.
 */
export function limitHeap(bytes: number): void {
  const { prototype } = WebAssembly.Memory;
  const { grow } = prototype;
  prototype.grow = function (pages) {
    if (this.buffer.byteLength + pages * pageBytes > bytes) throw new RangeError('no memory left');
    return grow.call(this, pages);
  };
}

/** The part of Emscripten's file system that is used but missing in its types. */
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
 * Mounts a file as the only one in the library's file system, so that it cannot refer to other files. Its bytes are read
 * on demand.
 * @returns the path in that file system
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
