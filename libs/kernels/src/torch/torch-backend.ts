import {
  BackendValues,
  buffer,
  DataId,
  DataStorage,
  DataType,
  engine,
  KernelBackend,
  kernel_impls,
  Rank,
  ShapeMap,
  TensorBuffer,
  TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { aten, freeingTemporaries } from './aten';
import { conversions, dtypes, room, scalarTypeOf, typed } from './data-types';
import { Handle, Native } from './native';

/** The data of a tfjs data id: a libtorch tensor, or strings, which only JavaScript stores. */
interface TorchData {
  handle?: Handle;
  strings?: Uint8Array[];
  shape: number[];
  dtype: DataType;
  refCount: number;
  /** Whether layOutFilter has changed the layout. */
  filterLayout?: boolean;
  /** The same data in other shapes, kept as long as the data, as tfjs's reshape shares the data id. */
  views?: { shape: number[]; handle: Handle }[];
}

/** A TensorFlow.js backend whose tensors are libtorch's. */
export class TorchBackend extends KernelBackend {
  private readonly data: DataStorage<TorchData> = new DataStorage<TorchData>(this, engine());
  /** Data to free in dispose, as tfjs drops its tensors without disposing them when its engine is reset. */
  private readonly live = new Set<TorchData>();

  constructor(
    private readonly native: Native,
    private readonly device: 'cpu' | 'cuda',
  ) {
    super();
  }

  /** Returns the libtorch tensor of a tfjs tensor, in its shape. The backend owns it. */
  handleOf({ dataId, shape, dtype }: TensorInfo): Handle {
    const data = this.data.get(dataId);
    if (data.handle === undefined)
      throw new Error(`The torch engine does not support ${dtype} tensors`);
    if (util.arraysEqual(data.shape, shape)) return data.handle;
    const known = data.views?.find((view) => util.arraysEqual(view.shape, shape));
    if (known) return known.handle;
    let handle!: Handle;
    freeingTemporaries(() => (handle = aten('reshape', data.handle, shape)));
    (data.views ??= []).push({ shape: shape.slice(), handle });
    return handle;
  }

  /** Takes ownership of a libtorch tensor and returns a tfjs tensor for it. */
  adopt(handle: Handle): TensorInfo {
    const { description } = this.native;
    this.native.describe(handle);
    const conversion = conversions.get(description[0]!);
    if (conversion !== undefined) {
      const converted = freeingTemporaries(() => aten('_to_copy', handle, conversion));
      this.native.free(handle);
      return this.adopt(converted);
    }
    const dtype = dtypes.get(description[0]!);
    if (dtype === undefined)
      throw new Error(`tfjs has no type for libtorch's type ${description[0]}`);
    const shape = Array.from(description.subarray(2, 2 + description[1]!));
    const dataId = {};
    this.keep(dataId, { handle, shape, dtype, refCount: 1 });
    return { dataId, shape, dtype };
  }

  /** Returns the same data in another shape. The caller owns a separate reference. */
  share({ dataId, dtype }: TensorInfo, shape: number[]): TensorInfo {
    this.incRef(dataId);
    return { dataId, shape, dtype };
  }

  /** Returns a copy in another type. */
  cast(x: TensorInfo, dtype: DataType): TensorInfo {
    return this.adopt(
      freeingTemporaries(() => aten('_to_copy', this.handleOf(x), scalarTypeOf(dtype))),
    );
  }

  /**
   * Changes the memory layout of a filter [height, width, in, out] to that of oneDNN and cuDNN, out first. This happens once
   * per parameter, whose updates keep the layout, instead of in every convolution.
   */
  layOutFilter({ dataId }: TensorInfo): void {
    const data = this.data.get(dataId);
    if (data.filterLayout || data.shape.length !== 4 || data.handle === undefined) return;
    const { handle } = data;
    data.handle = freeingTemporaries(() => {
      const outFirst = aten('contiguous', aten('permute', handle, [3, 0, 1, 2]));
      return aten('permute', outFirst, [1, 2, 3, 0]);
    });
    data.filterLayout = true;
    this.native.free(handle);
  }

  /** Prepares a tensor for being overwritten by dropping everything derived from its values. */
  willWrite({ dataId, shape }: TensorInfo): void {
    const data = this.data.get(dataId);
    for (const view of data.views ?? []) this.native.free(view.handle);
    data.views = undefined;
    const { handle } = data;
    if (handle === undefined || util.arraysEqual(data.shape, shape)) return;
    data.handle = freeingTemporaries(() => aten('reshape', handle, shape));
    data.shape = shape.slice();
    this.native.free(handle);
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): DataId {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(
    dataId: DataId,
    values: BackendValues,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    const data: TorchData = { shape, dtype, refCount };
    if (dtype === 'string') data.strings = values as Uint8Array[];
    else data.handle = this.native.write(typed(values, shape), scalarTypeOf(dtype), shape);
    this.keep(dataId, data);
  }

  override readSync(dataId: DataId): BackendValues {
    const data = this.data.get(dataId);
    if (data.strings) return data.strings;
    const target = room(data);
    this.native.read(data.handle!, target);
    return target;
  }

  override async read(dataId: DataId): Promise<BackendValues> {
    const data = this.data.get(dataId);
    return data.strings || this.device === 'cpu'
      ? this.readSync(dataId)
      : this.native.readAsync(data.handle!, room(data));
  }

  bufferSync<R extends Rank, D extends DataType>({
    dataId,
    shape,
    dtype,
  }: TensorInfo): TensorBuffer<R, D> {
    const values = this.readSync(dataId);
    const decoded =
      dtype === 'string'
        ? (values as Uint8Array[]).map((value) => util.decodeString(value))
        : values;
    return buffer(shape as ShapeMap[R], dtype as D, decoded as never);
  }

  /** Returns the coordinates of the true elements, for tf.whereAsync. */
  where(condition: TensorInfo): TensorInfo {
    return kernel_impls.whereImpl(condition.shape, this.readSync(condition.dataId) as Uint8Array);
  }

  override refCount(dataId: DataId): number {
    return this.data.has(dataId) ? this.data.get(dataId).refCount : 0;
  }

  override incRef(dataId: DataId): void {
    this.data.get(dataId).refCount++;
  }

  decRef(dataId: DataId): void {
    if (this.data.has(dataId)) this.data.get(dataId).refCount--;
  }

  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.data.has(dataId)) return true;
    const data = this.data.get(dataId);
    data.refCount--;
    if (data.refCount > 0 && !force) return false;
    this.release(data);
    this.data.delete(dataId);
    return true;
  }

  private keep(dataId: DataId, data: TorchData): void {
    this.data.set(dataId, data);
    this.live.add(data);
  }

  private release(data: TorchData): void {
    if (data.handle !== undefined) this.native.free(data.handle);
    for (const view of data.views ?? []) this.native.free(view.handle);
    this.live.delete(data);
  }

  override numDataIds(): number {
    return this.data.numDataIds();
  }

  override async time(run: () => void): Promise<{ kernelMs: number }> {
    const start = util.now();
    run();
    return { kernelMs: util.now() - start };
  }

  override timerAvailable(): boolean {
    return true;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override dispose(): void {
    for (const data of this.live) this.release(data);
    this.native.releaseMemory();
  }
}
