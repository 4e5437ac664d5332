import { joined } from '../../platform/onnx-runtime/arrays';

/** Maximum number of unused bytes to keep. */
const idleLimit = 64 * 1024 ** 2;

/**
 * Reuses arrays for images: allocating zeroed memory for every image, and collecting it, costs more than decoding a
 * small image.
 */
export class ImageBuffers {
  private readonly idle = new Map<number, Float32Array[]>();
  private idleBytes = 0;

  /** Returns an array of this length with arbitrary contents. */
  take(length: number): Float32Array {
    const found = this.idle.get(length)?.pop();
    if (!found) return new Float32Array(length);
    this.idleBytes -= found.byteLength;
    return found;
  }

  /** Concatenates the arrays. */
  joined(arrays: readonly Float32Array[]): Float32Array {
    return joined(arrays, (length) => this.take(length));
  }

  /** Takes back an array that is no longer used. Views of larger buffers are not kept. */
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
