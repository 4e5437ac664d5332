import {
  type LoadedModel,
  type LoadOptions,
  type ServableModel,
  inferenceFailed,
  tooSlow,
} from './executor';
import { ThreadedNetwork, bestRate, warmUp } from './threaded-network';

const bytesPerParameter = 4;

/** Number of copies of a network in memory. */
interface Replicas {
  /** Number of batches that run concurrently, each in its own replica. */
  instances: number;
  /** Whether there is one more replica for lone images. */
  lone: boolean;
}

/** How a network is distributed over threads. */
export interface ReplicaPlan extends Replicas {
  load(signal?: AbortSignal): Promise<ThreadedNetwork>;
  /** Loads a replica that uses the whole machine, for an image that arrives alone. */
  loadLone(signal?: AbortSignal): Promise<ThreadedNetwork>;
}

/** Returns as many of the replicas as fit in memory: the lone one is dropped first, and one instance always stays. */
export function fitting<T extends Replicas>(
  wanted: T,
  { parameters }: ServableModel,
  mostBytes = Infinity,
): T {
  const most = Math.max(1, Math.floor(mostBytes / (parameters * bytesPerParameter)));
  const instances = Math.min(wanted.instances, most);
  return { ...wanted, instances, lone: wanted.lone && instances < most };
}

/** Returns the bytes of the replicas' weights. */
export function weightsOf({ instances, lone }: Replicas, { parameters }: ServableModel): number {
  return parameters * bytesPerParameter * (instances + Number(lone));
}

/** Memory of a network while another one is loaded, at most, as a multiple of its weights' bytes. */
const shareBeside = 2;

/** Counts loads in progress and loads that have ended: all of them grow the process. */
const loads = { underWay: 0, ended: 0 };

/**
 * Loads a network into one thread per instance and warms it up. Each batch goes to the least busy thread.
 * @throws DomainError INFERENCE_FAILED
 */
export async function loadReplicas(
  wanted: ReplicaPlan,
  model: ServableModel,
  { maxBatch, mostBytes, signal }: LoadOptions,
): Promise<LoadedModel> {
  const plan = fitting(wanted, model, mostBytes);
  const { instances } = plan;
  const { imageSize } = model.preprocessing;
  const replicas: ThreadedNetwork[] = [];
  const all: ThreadedNetwork[] = [];
  const release = async () => void (await Promise.all(all.map((thread) => thread.release())));
  const giveUp = () => all.forEach((thread) => thread.giveUp());
  signal?.addEventListener('abort', giveUp);
  const alone = { before: ++loads.underWay === 1, ended: loads.ended };
  try {
    const before = process.memoryUsage.rss();
    const lone = plan.lone ? await plan.loadLone(signal) : undefined;
    if (lone) all.push(lone);
    for (let instance = 0; instance < instances; instance++) {
      replicas.push(await plan.load(signal));
      all.push(replicas.at(-1)!);
    }
    const loneTimes = lone && (await warmUp(lone, { imageSize, batches: [1] }));
    const warm = (replica: ThreadedNetwork) =>
      warmUp(replica, { imageSize, batches: [...new Set([1, maxBatch])] });
    // Concurrently, as they will run.
    const [sideBySide] = await Promise.all(replicas.map(warm));
    signal?.throwIfAborted();
    const grown = process.memoryUsage.rss() - before;
    const weights = weightsOf(plan, model);
    const wasAlone = alone.before && alone.ended === loads.ended && loads.underWay === 1;
    return {
      ...replicas[0]!.facts,
      instances,
      bytes: Math.max(weights, wasAlone ? grown : Math.min(grown, weights * shareBeside)),
      times: loneTimes
        ? [...loneTimes, ...sideBySide!.filter(({ batch }) => batch > 1)]
        : sideBySide!,
      imagesPerSecond: Math.max(bestRate(loneTimes ?? []), instances * bestRate(sideBySide!)),
      candidates: [],
      run: (images, batch, options) => {
        const idle = all.every(({ load }) => load === 0);
        const thread = lone && batch === 1 && idle ? lone : leastBusy(replicas);
        return thread.run(images, batch, options);
      },
      onLost: (callback) => all.forEach((thread) => thread.onLost(callback)),
      release,
    };
  } catch (error) {
    await release();
    throw signal?.aborted ? inferenceFailed(tooSlow) : error;
  } finally {
    signal?.removeEventListener('abort', giveUp);
    loads.underWay--;
    loads.ended++;
  }
}

function leastBusy(threads: readonly ThreadedNetwork[]): ThreadedNetwork {
  const [first, ...others] = threads;
  if (!first) throw inferenceFailed('it has no instances');
  return others.reduce((best, thread) => (thread.load < best.load ? thread : best), first);
}
