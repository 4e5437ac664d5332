/**
 * Times the ONNX export, then the exported EfficientNetV2-S in ONNX Runtime beside the wasm engine, taking turns in one
 * run: `npx nx run-many -t build` first, then `node test/bench/export.mjs`. COATRACK_THREADS sets the threads of both.
 */
import console from 'node:console';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { selectEngine } from '@coatrack/kernels';
import {
  Classifier,
  exportOnnx,
  findArchitecture,
  onnxInput,
  onnxOutput,
  openSafetensors,
  writeSafetensors,
} from '@coatrack/models';
import * as tf from '@tensorflow/tfjs-core';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const threads = Number(process.env.COATRACK_THREADS ?? availableParallelism());
process.env.COATRACK_THREADS = String(threads);
const imageSize = 224;
const classes = 1000;
const exportRuns = 3;
const turns = 10;

const seconds = async (work) => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

async function timeExport(folder, name, precision) {
  const architecture = findArchitecture(name);
  const weightsPath = join(folder, `${name}.safetensors`);
  const classifier = new Classifier(architecture, { classes, imageSize });
  await writeSafetensors(weightsPath, classifier.save());
  classifier.dispose();
  const path = join(folder, `${name}.${precision}.onnx`);
  const times = [];
  for (let run = 0; run < exportRuns; run++) {
    const weights = await openSafetensors(weightsPath);
    times.push(
      await seconds(() =>
        exportOnnx(architecture, weights, { classes, imageSize, precision, path }),
      ),
    );
    await weights.close();
  }
  const size = (await stat(path)).size / 2 ** 20;
  console.log(
    `export ${name} ${precision}: ${Math.min(...times).toFixed(2)} s (best of ${exportRuns}), ${size.toFixed(1)} MiB`,
  );
  return path;
}

/** Milliseconds of a prediction of one image, ONNX Runtime's and the wasm engine's. */
async function compare(path, name) {
  const session = await InferenceSession.create(path, { intraOpNumThreads: threads });
  const classifier = new Classifier(findArchitecture(name), { classes, imageSize });
  const pixels = tf.randomNormal([1, imageSize, imageSize, 3], 0, 1, 'float32', 1);
  const input = new Tensor('float32', pixels.dataSync(), [1, 3, imageSize, imageSize]);
  const sides = [
    async () => (await session.run({ [onnxInput]: input }))[onnxOutput].data,
    async () => tf.tidy(() => classifier.predict(pixels).dataSync()),
  ];
  for (const side of sides) await side();
  const times = [];
  for (let turn = 0; turn < turns; turn++) {
    times.push([await seconds(sides[0]), await seconds(sides[1])]);
  }
  await session.release();
  const [onnx, wasm] = [0, 1].map((side) => 1000 * median(times.map((pair) => pair[side])));
  const ratio = median(times.map(([onnx, wasm]) => wasm / onnx));
  console.log(
    `predict ${name}, 1 image of ${imageSize} px, ${turns} turns: ONNX Runtime ${onnx.toFixed(0)} ms, wasm engine ${wasm.toFixed(0)} ms, ratio ${ratio.toFixed(1)}`,
  );
}

const folder = await mkdtemp(join(tmpdir(), 'coatrack-bench-'));
try {
  console.log(
    `${cpus()[0].model}, ${threads} threads, ${(await selectEngine('wasm')).description}`,
  );
  await timeExport(folder, 'efficientnetv2_b0', 'fp32');
  const path = await timeExport(folder, 'efficientnetv2_s', 'fp32');
  await timeExport(folder, 'efficientnetv2_s', 'fp16');
  await timeExport(folder, 'coatnet_0', 'fp32');
  await compare(path, 'efficientnetv2_s');
} finally {
  await rm(folder, { recursive: true });
}
process.exit(0);
