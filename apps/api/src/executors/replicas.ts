import type { LoadedModel, LoadOptions, ServableModel } from './executor';
import { inferenceFailed } from './executor-errors';
import { ThreadModel } from './thread-model';
import { warmUp } from './warm-up';

const bytesPerParameter = 4;

/**
 * One network in as many threads as there are instances, warmed up; a batch goes to the thread with the least to do.
 * @throws DomainError INFERENCE_FAILED
 */
export async function loadReplicas(
  load: () => Promise<ThreadModel>,
  { parameters, preprocessing: { imageSize } }: ServableModel,
  { instances, maxBatch }: LoadOptions,
): Promise<LoadedModel> {
  const threads: ThreadModel[] = [];
  const release = async () => void (await Promise.all(threads.map((thread) => thread.release())));
  try {
    const before = process.memoryUsage.rss();
    let times: LoadedModel['times'] = [];
    for (let instance = 0; instance < instances; instance++) {
      const thread = await load();
      threads.push(thread);
      times = await warmUp(thread, { imageSize, maxBatch });
    }
    const grown = process.memoryUsage.rss() - before;
    return {
      ...threads[0]!.facts,
      bytes: Math.max(grown, parameters * bytesPerParameter * instances),
      times,
      candidates: [],
      run: (images, batch, options) => leastBusy(threads).run(images, batch, options),
      onLost: (callback) => threads.forEach((thread) => thread.onLost(callback)),
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
