import type { LoadedModel, LoadOptions, ServableModel } from './executor';
import { inferenceFailed } from './executor-errors';
import { ThreadModel } from './thread-model';
import { bestRate, warmUp } from './warm-up';

const bytesPerParameter = 4;

/** How a network is spread over threads of its own. */
export interface ReplicaPlan {
  /** Batches that run side by side, each in a replica. */
  instances: number;
  load(): Promise<ThreadModel>;
  /** A replica that has the whole machine: for a picture that comes while nothing else does. */
  loadLone?(): Promise<ThreadModel>;
}

/**
 * One network in as many threads as there are instances, warmed up; a batch goes to the thread with the least to do.
 * @throws DomainError INFERENCE_FAILED
 */
export async function loadReplicas(
  { instances, load, loadLone }: ReplicaPlan,
  { parameters, preprocessing: { imageSize } }: ServableModel,
  { maxBatch }: LoadOptions,
): Promise<LoadedModel> {
  const replicas: ThreadModel[] = [];
  const all: ThreadModel[] = [];
  const release = async () => void (await Promise.all(all.map((thread) => thread.release())));
  try {
    const before = process.memoryUsage.rss();
    const lone = await loadLone?.();
    if (lone) all.push(lone);
    for (let instance = 0; instance < instances; instance++) {
      replicas.push(await load());
      all.push(replicas.at(-1)!);
    }
    const alone = lone && (await warmUp(lone, { imageSize, batches: [1] }));
    const warm = (replica: ThreadModel) =>
      warmUp(replica, { imageSize, batches: [...new Set([1, maxBatch])] });
    // Side by side, as they will run.
    const [sideBySide] = await Promise.all(replicas.map(warm));
    const grown = process.memoryUsage.rss() - before;
    return {
      ...replicas[0]!.facts,
      instances,
      bytes: Math.max(grown, parameters * bytesPerParameter * all.length),
      times: alone ? [...alone, ...sideBySide!.filter(({ batch }) => batch > 1)] : sideBySide!,
      picturesPerSecond: Math.max(bestRate(alone ?? []), instances * bestRate(sideBySide!)),
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
    throw error;
  }
}

function leastBusy(threads: readonly ThreadModel[]): ThreadModel {
  const [first, ...others] = threads;
  if (!first) throw inferenceFailed('it has no instances');
  return others.reduce((best, thread) => (thread.load < best.load ? thread : best), first);
}
