import {
  type Candidate,
  Executor,
  type LoadedModel,
  type LoadOptions,
  type ServableModel,
} from './executor';

/** Parameters that fit in an ONNX file (2 GiB) at four bytes each. */
const onnxParameterLimit = 2 ** 29;

/** Time limit for trying a second executor when the first one works. */
const comparisonMs = 60_000;

interface NamedExecutor {
  name: string;
  executor: Executor;
}

/**
 * Loads each model in the executor that runs it fastest. Networks of the same architecture and image size perform alike,
 * so only the first of them is tried in both executors.
 */
export class AutoExecutor extends Executor {
  private readonly choices = new Map<string, { executor: Executor; candidates: Candidate[] }>();

  constructor(
    private readonly onnx: NamedExecutor,
    private readonly tfjs: NamedExecutor,
    private readonly wanted: 'auto' | 'onnxruntime' | 'tfjs',
  ) {
    super();
  }

  /** Counts both executors if both are tried, as both are in memory for a while; each stays within `mostBytes`. */
  bytesToLoad(model: ServableModel, options: Pick<LoadOptions, 'mostBytes'>): number {
    const one = this.onlyOneFor(model)?.executor ?? this.choices.get(keyOf(model))?.executor;
    if (one) return one.bytesToLoad(model, options);
    const both = [this.onnx, this.tfjs].map(({ executor }) => executor.bytesToLoad(model, options));
    return Math.min(both[0]! + both[1]!, Math.max(...both, options.mostBytes ?? Infinity));
  }

  async load(model: ServableModel, options: LoadOptions): Promise<LoadedModel> {
    const only = this.onlyOneFor(model);
    if (only) return only.executor.load(model, options);
    const key = keyOf(model);
    const choice = this.choices.get(key);
    if (choice) {
      const { executor, candidates } = choice;
      return { ...(await executor.load(model, options)), candidates };
    }
    const best = await this.tryBoth(model, options);
    this.choices.set(key, best);
    return { ...best.loaded, candidates: best.candidates };
  }

  /** Returns the only possible executor: ONNX Runtime for ONNX files, TensorFlow.js for networks too large for one. */
  private onlyOneFor({ format, parameters }: ServableModel): NamedExecutor | undefined {
    if (format === 'onnx') return this.onnx;
    if (parameters >= onnxParameterLimit) return this.tfjs;
    return { auto: undefined, onnxruntime: this.onnx, tfjs: this.tfjs }[this.wanted];
  }

  /** Tries the executors one after the other, so that they don't compete for cores. */
  private async tryBoth(model: ServableModel, options: LoadOptions) {
    const first = await attempt(this.onnx, model, options);
    // Requests wait for the model: once one executor works, the other gets limited time.
    const signals = [options.signal, first.loaded && AbortSignal.timeout(comparisonMs)];
    const signal = AbortSignal.any(signals.filter((given) => given !== undefined));
    const attempts = [first, await attempt(this.tfjs, model, { ...options, signal })];
    const speedOf = ({ loaded }: Attempt) => loaded?.imagesPerSecond ?? -1;
    const best = attempts.reduce((best, other) => (speedOf(other) > speedOf(best) ? other : best));
    const others = attempts.filter((other) => other !== best);
    await Promise.all(others.map(({ loaded }) => loaded?.release()));
    if (!best.loaded) throw best.error;
    const candidates = attempts.map(({ loaded, error, name }) => ({
      executor: loaded?.executor ?? name,
      chosen: loaded === best.loaded,
      times: [...(loaded?.times ?? [])],
      ...(error ? { reason: error.message } : {}),
    }));
    return { executor: best.executor, loaded: best.loaded, candidates };
  }
}

function keyOf({ architecture, preprocessing }: ServableModel): string {
  return `${architecture} ${preprocessing.imageSize}`;
}

interface Attempt extends NamedExecutor {
  loaded?: LoadedModel;
  error?: Error;
}

async function attempt(
  named: NamedExecutor,
  model: ServableModel,
  options: LoadOptions,
): Promise<Attempt> {
  try {
    return { ...named, loaded: await named.executor.load(model, options) };
  } catch (error) {
    return { ...named, error: error as Error };
  }
}
