import type { OnnxClassifier } from '@coatrack/models';
import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { joined } from './arrays';
import type { OnnxProvider, ProviderChain } from './onnx-providers';

/** Returns the runtime's name and version, and its device if that is not the CPU. */
export function onnxRuntime(provider: OnnxProvider): string {
  const version = `ONNX Runtime ${env.versions.node}`;
  return provider === 'cpu' ? version : `${version} (${provider})`;
}

type Graph = Pick<OnnxClassifier, 'batch' | 'classes' | 'features' | 'input' | 'output'>;

/** An ONNX classifier in ONNX Runtime. */
interface OnnxNetwork {
  /** The execution provider in use. */
  readonly provider: OnnxProvider;
  /**
   * @param images [batch, 3, imageSize, imageSize] or [batch, imageSize, imageSize, 3] as the graph takes them, normalised
   * @returns the graph's outputs: [batch, classes], and [batch, features] if requested
   */
  run(
    images: Float32Array,
    batch: number,
    options?: { features?: boolean },
  ): Promise<{ outputs: Float32Array; features?: Float32Array }>;
  close(): Promise<void>;
}

export interface OnnxNetworkOptions {
  /** Number of threads; default: one per core. */
  threads?: number;
  /**
   * Whether threads that have finished their part of a step spin until the next: batches end sooner, but other work that
   * needs a core, such as decoding the next images, must wait.
   */
  spins?: boolean;
  /** Provider chains to try in order; default: the CPU. */
  providers?: readonly ProviderChain[];
}

/** Loads the graph, whose file is not needed afterwards. It computes in the calling thread. */
export async function openOnnx(
  path: string,
  graph: Graph,
  options: OnnxNetworkOptions = {},
): Promise<OnnxNetwork> {
  const { session, provider } = await createSession(path, options);
  const { input, output, features } = graph;

  async function runOnce(images: Float32Array, batch: number, wantsFeatures: boolean) {
    const side = Math.sqrt(images.length / batch / 3);
    const dims = input.layout === 'NHWC' ? [batch, side, side, 3] : [batch, 3, side, side];
    const wanted = [output.name, ...(wantsFeatures && features ? [features.name] : [])];
    const results = await session.run(
      { [input.name]: new Tensor('float32', images, dims) },
      wanted,
    );
    const dataOf = (name: string) => results[name]!.data as Float32Array;
    const found = results[output.name]!.dims;
    if (found.length !== 2 || found[0] !== batch || found[1] !== graph.classes) {
      const right = [batch, graph.classes].join(', ');
      throw new Error(`the graph returned shape [${found.join(', ')}] instead of [${right}]`);
    }
    return {
      outputs: dataOf(output.name),
      ...(wanted.length > 1 ? { features: dataOf(features!.name) } : {}),
    };
  }

  return {
    provider,
    run: (images, batch, { features = false } = {}) =>
      graph.batch === null || graph.batch === batch
        ? runOnce(images, batch, features)
        : inFixedBatches(images, batch, graph.batch, (piece) =>
            runOnce(piece, graph.batch!, features),
          ),
    close: () => session.release(),
  };
}

async function createSession(
  path: string,
  { threads, spins = false, providers = [['cpu']] }: OnnxNetworkOptions,
): Promise<{ session: InferenceSession; provider: OnnxProvider }> {
  const [chain, ...others] = providers;
  try {
    const session = await InferenceSession.create(path, {
      executionProviders: [...chain!],
      extra: {
        session: spins ? { force_spinning_stop: '1' } : { intra_op: { allow_spinning: '0' } },
      },
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    });
    return { session, provider: chain![0]! };
  } catch (error) {
    if (others.length === 0) throw error;
    return createSession(path, { threads, spins, providers: others });
  }
}

/** Runs a graph with a fixed batch size over the images in chunks, padding the last one. */
async function inFixedBatches(
  images: Float32Array,
  batch: number,
  fixed: number,
  run: (images: Float32Array) => Promise<{ outputs: Float32Array; features?: Float32Array }>,
) {
  const size = images.length / batch;
  const outputs: Float32Array[] = [];
  const features: Float32Array[] = [];
  for (let at = 0; at < batch; at += fixed) {
    const count = Math.min(fixed, batch - at);
    const piece = new Float32Array(fixed * size);
    piece.set(images.subarray(at * size, (at + count) * size));
    const result = await run(piece);
    const rows = (values: Float32Array) => values.subarray(0, (values.length / fixed) * count);
    outputs.push(rows(result.outputs));
    if (result.features) features.push(rows(result.features));
  }
  return {
    outputs: joined(outputs),
    ...(features.length > 0 ? { features: joined(features) } : {}),
  };
}
