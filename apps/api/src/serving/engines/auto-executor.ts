import {
  type Candidate,
  Executor,
  type LoadedModel,
  type LoadOptions,
  type ServableModel,
} from './executor';

/** Limit of an ONNX file; single precision takes four bytes per number. */
const onnxParameterLimit = 2 ** 29;

/** What trying a second executor may take where the first one works. */
const comparisonMs = 60_000;

interface NamedExecutor {
  name: string;
  executor: Executor;
}

/**
 * Loads each model in the executor that runs it fastest: networks of an architecture and an image size are all alike,
 * so only the first of them is tried in both.
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

  /** Where both are tried, both are in memory for a while: each within what the model may take. */
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

  /** An ONNX file is for ONNX Runtime; whatever else is configured, the largest networks are not. */
  private onlyOneFor({ format, parameters }: ServableModel): NamedExecutor | undefined {
    if (format === 'onnx') return this.onnx;
    if (parameters >= onnxParameterLimit) return this.tfjs;
    return { auto: undefined, onnxruntime: this.onnx, tfjs: this.tfjs }[this.wanted];
  }

  /** One after the other, so that they don't take each other's cores. */
  private async tryBoth(model: ServableModel, options: LoadOptions) {
    const first = await attempt(this.onnx, model, options);
    // Requests that wait for the model get one that works.
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
