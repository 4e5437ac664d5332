import { parentPort } from 'node:worker_threads';
import type { ModelOutput, NetworkFacts, ServableModel } from './executor';
import type { RunRequest, ThreadReply, ThreadRequest } from './thread-protocol';

interface Network {
  facts: NetworkFacts;
  /** @param images [batch, …] in the layout that the facts name */
  run(
    images: Float32Array,
    batch: number,
    options: { features: boolean },
  ): Promise<Omit<ModelOutput, 'computeMs' | 'images'>>;
  dispose(): void | Promise<void>;
}

/** Loads a network and answers the requests of the thread that started this one. */
export function serveNetwork({ path }: ServableModel, load: () => Promise<Network>): void {
  const port = parentPort!;
  const reply = (message: ThreadReply, transfer: ArrayBuffer[] = []) =>
    port.postMessage(message, transfer);
  const loading = load();
  let underWay: Promise<unknown> = loading;

  async function run({ id, images, batch, features }: RunRequest): Promise<void> {
    const network = await loading;
    const started = performance.now();
    try {
      const result = await network.run(images, batch, { features });
      const output = { ...result, computeMs: performance.now() - started, images };
      reply({ type: 'done', id, output }, buffersOf(output));
    } catch (error) {
      reply({ type: 'failed', id, reason: describe(error as Error, path) });
    }
  }

  /** Releases the network. On failure the thread ends with the error, which also frees whatever is left. */
  async function close(): Promise<void> {
    try {
      await underWay;
      await (await loading).dispose();
    } finally {
      port.close();
    }
  }

  // Listens from the start: nothing else keeps the thread alive while it loads.
  port.on('message', (request: ThreadRequest) => {
    if (request.type === 'close') void close();
    else underWay = Promise.all([underWay, run(request)]);
  });
  loading.then(
    ({ facts }) => reply({ type: 'loaded', facts }),
    (error: Error) => reply({ type: 'unloadable', reason: describe(error, path) }),
  );
}

function buffersOf({ outputs, features, images }: ModelOutput): ArrayBuffer[] {
  return [outputs, images, ...(features ? [features] : [])].map(
    ({ buffer }) => buffer as ArrayBuffer,
  );
}

/** Describes an error without paths of this machine, which messages of the system and of runtimes contain. */
function describe(error: NodeJS.ErrnoException, path: string): string {
  return error.syscall
    ? `a file could not be read (${error.code})`
    : error.message.replaceAll(path, 'the model');
}
