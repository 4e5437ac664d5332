import { Executor, type Inference, type ServableModel } from './executor';

/** An ONNX file holds no more, and single precision takes four bytes a number. */
const onnxParameterLimit = 2 ** 29;

/** Sends each model to the executor that can run it and does so fastest. */
export class RoutingExecutor extends Executor {
  private preferred?: Promise<Executor>;

  /** @param prefersOnnx for versions that both could run; asked once, at the first of them */
  constructor(
    private readonly onnx: Executor,
    private readonly tfjs: Executor,
    private readonly prefersOnnx: () => Promise<boolean>,
  ) {
    super();
  }

  async classify(model: ServableModel, picture: Buffer): Promise<Inference> {
    return (await this.executorFor(model)).classify(model, picture);
  }

  async close(): Promise<void> {
    await Promise.all([this.onnx.close(), this.tfjs.close()]);
  }

  private executorFor({ format, parameters }: ServableModel): Executor | Promise<Executor> {
    if (format === 'onnx') return this.onnx;
    if (parameters >= onnxParameterLimit) return this.tfjs;
    this.preferred ??= this.prefersOnnx().then((onnx) => (onnx ? this.onnx : this.tfjs));
    return this.preferred;
  }
}
