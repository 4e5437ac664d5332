import { joined } from '../../platform/onnx-runtime/arrays';

/** Bytes that may lie about unused. */
const idleLimit = 64 * 1024 ** 2;

/**
 * Arrays of images, used again: to get zeroed memory of the system for every image, and to have it collected, costs
 * more than to decode a small one.
 */
export class ImageBuffers {
  private readonly idle = new Map<number, Float32Array[]>();
  private idleBytes = 0;

  /** @returns an array of this length with arbitrary contents */
  take(length: number): Float32Array {
    const found = this.idle.get(length)?.pop();
    if (!found) return new Float32Array(length);
    this.idleBytes -= found.byteLength;
    return found;
  }

  /** @returns the arrays one after the other */
  joined(arrays: readonly Float32Array[]): Float32Array {
    return joined(arrays, (length) => this.take(length));
  }

  /** Takes back an array that is not used any more; views of larger buffers are not kept. */
  give(array: Float32Array): void {
    const { byteLength, length } = array;
    const kept = byteLength > 0 && byteLength === array.buffer.byteLength;
    if (!kept || this.idleBytes + byteLength > idleLimit) return;
    this.idleBytes += byteLength;
    const others = this.idle.get(length);
    if (others) others.push(array);
    else this.idle.set(length, [array]);
  }
}
