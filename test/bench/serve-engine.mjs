/**
 * The sides of bench:serve that know no HTTP, on the API's own graph: raw ONNX Runtime in a loop, the API's executor and
 * batcher, and decoding alone. Reads a line of JSON {what: raw | ours | decode, batch or callers, seconds}, answers
 * {seconds, images, times: [ms, …]}, a time for each batch, submission or image.
 */
import console from 'node:console';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { readOnnxClassifier } from '@coatrack/models';
import { preprocess } from '@coatrack/images';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const require = createRequire(import.meta.url);
const { OnnxExecutor } = require('../../apps/api/dist/serving/engines/onnx-executor.js');
const { onnxOptions } = require('../../apps/api/dist/serving/engines/create-executor.js');
const { Batcher } = require('../../apps/api/dist/serving/batching/batcher.js');

// From the start: the executor's thread alone does not keep this process alive while it warms up.
const lines = createInterface({ input: process.stdin });
const [description, ...paths] = process.argv.slice(2);
const { threads, layout: wanted, maxBatch, ...model } = JSON.parse(description);
const { preprocessing } = model;
const side = preprocessing.imageSize;

const { input, output } = await readOnnxClassifier(model.path);
const layout = input.layout;
const images = paths.map((path) => readFileSync(path));
const decoded = await Promise.all(
  images.map((image) => preprocess(image, preprocessing, { layout })),
);

const session = await InferenceSession.create(model.path, { intraOpNumThreads: threads });
const executor = new OnnxExecutor(onnxOptions({ ...wanted, onnxProvider: 'cpu' }));
const loaded = await executor.load(model, { maxBatch });
const { instances } = loaded;
const batcher = new Batcher(loaded, { maxBatch, maxDelayMs: 0, queueLimit: 1024, instances });

async function timed(times, work) {
  const start = performance.now();
  await work();
  times.push(performance.now() - start);
}

const works = {
  async raw({ batch, end, times }) {
    const images = new Float32Array(batch * decoded[0].length);
    for (let i = 0; i < batch; i++) images.set(decoded[i % decoded.length], i * decoded[0].length);
    const dims = layout === 'NHWC' ? [batch, side, side, 3] : [batch, 3, side, side];
    const feeds = { [input.name]: new Tensor('float32', images, dims) };
    while (performance.now() < end) await timed(times, () => session.run(feeds, [output.name]));
    return times.length * batch;
  },
  async ours({ callers, end, times }) {
    const call = async (caller) => {
      const images = decoded[caller % decoded.length];
      while (performance.now() < end) {
        await timed(times, async () => {
          const place = batcher.admit(1);
          await place.run(images.slice(), 1).finally(() => place.leave());
        });
      }
    };
    await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)));
    return times.length;
  },
  async decode({ end, times }) {
    while (performance.now() < end) {
      const image = images[times.length % images.length];
      await timed(times, () => preprocess(image, preprocessing, { layout }));
    }
    return times.length;
  },
};

console.log(JSON.stringify({ ready: loaded.executor }));
for await (const line of lines) {
  const { what, seconds, ...options } = JSON.parse(line);
  const start = performance.now();
  const times = [];
  const count = await works[what]({ ...options, times, end: start + seconds * 1000 });
  console.log(
    JSON.stringify({ seconds: (performance.now() - start) / 1000, images: count, times }),
  );
}
await loaded.release();
