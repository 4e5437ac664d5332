import { fail } from '../../weights/fail';
import type { TensorType } from '../../weights/tensor-types';

export class StorageType {
  constructor(readonly dtype: TensorType) {}
}

/** A sequence of elements outside the pickle, which tensors may share. */
export class PickledStorage {
  constructor(
    readonly dtype: TensorType,
    readonly key: string,
    /** Number of elements. */
    readonly length: number,
  ) {}
}

/** Maximum ratio of the elements that a view spans to those that it contains, as the whole span is read. */
const maxSpread = 16;
/** Span that is always allowed, in elements. */
const smallExtent = 2 ** 20;

/** A view of a storage; offset and strides in elements. */
export class PickledTensor {
  /** Number of elements. */
  readonly size: number;
  /** Span in the storage from the first to the last element. */
  readonly extent: number;

  /** @throws RangeError when the view leaves its storage */
  constructor(
    readonly storage: PickledStorage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {
    this.size = shape.reduce((product, side) => product * side, 1);
    const last = shape.reduce((sum, side, axis) => sum + (side - 1) * strides[axis], 0);
    this.extent = this.size === 0 ? 0 : last + 1;
    if (!(offset + this.extent <= storage.length)) {
      fail(
        `a tensor [${shape.join(', ')}] reaches beyond the ${storage.length} elements of its storage`,
      );
    }
    if (this.extent > Math.max(smallExtent, this.size * maxSpread)) {
      fail(
        `a tensor [${shape.join(', ')}] is spread over ${this.extent} elements of its storage; save a copy of it: tensor.clone()`,
      );
    }
    // A stride of zero could make a tensor larger than its storage, which weights never are.
    if (this.size > storage.length) {
      fail(
        `a tensor [${shape.join(', ')}] is larger than its storage of ${storage.length} elements`,
      );
    }
  }

  /**
   * Returns the elements in row-major order.
   * @param values the `extent` elements from `offset`
   */
  rowMajor(values: Float32Array): Float32Array {
    const { shape, strides, size } = this;
    if (this.isRowMajor()) return values;
    const result = new Float32Array(size);
    const axes = shape.length;
    const index = new Array<number>(axes).fill(0);
    let from = 0;
    for (let to = 0; to < size; to++) {
      result[to] = values[from];
      for (let axis = axes - 1; axis >= 0; axis--) {
        from += strides[axis];
        if (++index[axis] < shape[axis]) break;
        from -= shape[axis] * strides[axis];
        index[axis] = 0;
      }
    }
    return result;
  }

  private isRowMajor(): boolean {
    let step = 1;
    for (let axis = this.shape.length - 1; axis >= 0; axis--) {
      if (this.shape[axis] !== 1 && this.strides[axis] !== step) return false;
      step *= this.shape[axis];
    }
    return true;
  }
}
