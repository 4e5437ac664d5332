import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { ThreadPool } from './thread-pool';
import type { TfjsModule } from './tfjs-module';

/** Gives the engine's kernels access to tensors as pointers into the shared memory, to scratch memory and to threads. */
export class WasmContext {
  constructor(
    private readonly backend: BackendWasm,
    private readonly module: TfjsModule,
    private readonly memory: WebAssembly.Memory,
    readonly pool: ThreadPool,
  ) {}

  pointer(tensor: TensorInfo): number {
    return this.backend.dataIdMap.get(tensor.dataId).memoryOffset;
  }

  /** Creates a tensor with undefined values. */
  output(shape: readonly number[]): TensorInfo {
    return this.backend.makeOutput([...shape], 'float32');
  }

  zeroed(shape: readonly number[]): TensorInfo {
    const tensor = this.output(shape);
    this.clear(this.pointer(tensor), util.sizeFromShape(tensor.shape) * 4);
    return tensor;
  }

  /** Returns a second handle to a tensor's values. */
  share(tensor: TensorInfo): TensorInfo {
    this.backend.incRef(tensor.dataId);
    return { dataId: tensor.dataId, shape: tensor.shape, dtype: tensor.dtype };
  }

  clear(pointer: number, bytes: number): void {
    new Uint8Array(this.memory.buffer, pointer, bytes).fill(0);
  }

  copy(from: number, to: number, bytes: number): void {
    new Uint8Array(this.memory.buffer).copyWithin(to, from, from + bytes);
  }

  /** Creates a tensor [] of a number. */
  scalar(value: number): TensorInfo {
    const tensor = this.output([]);
    new Float32Array(this.memory.buffer, this.pointer(tensor), 1)[0] = value;
    return tensor;
  }

  /** Returns a view of the memory, not a copy. */
  doubles(pointer: number, count: number): Float64Array {
    return new Float64Array(this.memory.buffer, pointer, count);
  }

  writeInts(pointer: number, values: readonly number[]): void {
    new Int32Array(this.memory.buffer, pointer, values.length).set(values);
  }

  /** Lends scratch memory: one pointer per size in bytes, aligned to 16 and readable 16 bytes beyond its end. */
  withScratch<T>(sizes: readonly number[], use: (...pointers: number[]) => T): T {
    const rounded = sizes.map((size) => (size + 31) & ~15);
    const start = this.module._malloc(rounded.reduce((sum, size) => sum + size, 16)) >>> 0;
    let next = (start + 15) & ~15;
    const pointers = rounded.map((size) => {
      const pointer = next >>> 0;
      next += size;
      return pointer;
    });
    try {
      return use(...pointers);
    } finally {
      this.module._free(start);
    }
  }
}

/** A kernel of this engine. `replaced` is the kernel of tfjs-backend-wasm that it replaces, if there is one. */
export interface KernelDefinition {
  name: string;
  make(context: WasmContext, replaced: KernelConfig | undefined): KernelConfig['kernelFunc'];
}
