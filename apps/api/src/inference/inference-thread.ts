import { parentPort } from 'node:worker_threads';
import { PictureError, preprocess } from '@coatrack/training';
import type { Inference, ServableModel } from './executor';
import { RecentlyUsed } from './recently-used';
import type { ClassifyRequest, ThreadFailure, ThreadReply, ThreadRequest } from './thread-protocol';

/** Networks held in memory at once. */
const loadedLimit = 4;

export interface LoadedNetwork {
  /**
   * @param pixels [imageSize, imageSize, 3], normalised
   * @returns probabilities [classes]
   */
  infer(pixels: Float32Array): Promise<Float32Array>;
  dispose(): void;
}

/**
 * Answers the requests of the thread that started this one: decodes pictures side by side, runs one at a time.
 * @param ready the engine's description, once it stands
 */
export function serveInference(
  ready: Promise<string>,
  load: (model: ServableModel) => Promise<LoadedNetwork>,
): void {
  const loaded = new RecentlyUsed<LoadedNetwork>(loadedLimit, (network) => network.dispose());
  /** The last of what the engine was given. */
  let engineWork: Promise<unknown> = ready;
  let underWay: Promise<unknown> = Promise.resolve();

  async function networkOf(model: ServableModel): Promise<LoadedNetwork> {
    const held = loaded.get(model.key);
    if (held) return held;
    const network = await load(model);
    loaded.add(model.key, network);
    return network;
  }

  async function classify({ model, picture }: ClassifyRequest): Promise<Inference> {
    const started = performance.now();
    const pixels = await preprocess(picture, model.preprocessing);
    const decodeMs = performance.now() - started;
    const work = engineWork.then(async () => {
      const begun = performance.now();
      const probabilities = await (await networkOf(model)).infer(pixels);
      return { probabilities, decodeMs, inferenceMs: performance.now() - begun };
    });
    engineWork = work.catch(() => undefined);
    return work;
  }

  // An engine that cannot stand ends the thread: the next request tries anew.
  void ready.then((engine) => reply({ type: 'ready', engine }));

  // Listens from the start: until the engine stands, nothing else may keep the thread alive.
  parentPort!.on('message', (request: ThreadRequest) => {
    if (request.type === 'close') {
      void underWay.then(() => {
        loaded.clear();
        parentPort!.close();
      });
      return;
    }
    const answer = ready
      .then(() => classify(request))
      .then(
        (inference) =>
          reply({ type: 'done', id: request.id, inference }, [
            inference.probabilities.buffer as ArrayBuffer,
          ]),
        (error: Error) =>
          reply({ type: 'failed', id: request.id, failure: describe(error, request.model) }),
      );
    underWay = Promise.all([underWay, answer]);
  });
}

function reply(message: ThreadReply, transfer: ArrayBuffer[] = []): void {
  parentPort!.postMessage(message, transfer);
}

/** Messages of the system and of runtimes name paths of this machine. */
function describe(error: NodeJS.ErrnoException, { path }: ServableModel): ThreadFailure {
  const message = error.syscall
    ? `a file could not be read (${error.code})`
    : error.message.replaceAll(path, 'the model');
  return { picture: error instanceof PictureError, message };
}
