/**
 * Runs tfjs-core's own conformance suite on the torch engine, in two threads at once, and prints a JSON report for each on
 * the last line. A process of its own: the suite wants Jasmine's globals and tfjs-core's ES modules bundled with the engine.
 * Arguments: path of the exclusions (JSON), then optionally part of a test's name to run only what contains it.
 */
import console from 'node:console';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath, URL } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { build } from 'esbuild';

/** As many as models that are served at once: the addon is mapped once and used by all of them. */
const threads = 2;

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('../..', import.meta.url));

const entry = `
  import '@tensorflow/tfjs-core/dist/register_all_gradients';
  import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
  import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util';
  import { loadTorch, torchMemory } from './libs/kernels/src/torch';
  export { loadTorch, torchMemory };
  export { dispose, engine, memory, setBackend } from '@tensorflow/tfjs-core';
  setTestEnvs([{ name: 'torch', backendName: 'torch', isDataSync: true }]);
  export const loadTests = () => require('@tensorflow/tfjs-core/dist/tests');
`;

async function bundle(folder) {
  const outfile = join(folder, 'libs/kernels/src/torch/suite.cjs');
  await build({
    stdin: { contents: entry, resolveDir: root, loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    // The addon is found from the sources' own place.
    define: { __dirname: JSON.stringify(join(root, 'libs/kernels/src/torch')) },
    external: ['jasmine-core', 'node-fetch', '*.node'],
    // tfjs-core lists the files that have side effects, and its tests aren't among them.
    ignoreAnnotations: true,
    logLevel: 'error',
  });
  return outfile;
}

/** @returns the thread's report */
function runInThread(data) {
  const thread = new Worker(fileURLToPath(import.meta.url), { workerData: data });
  return new Promise((resolve, reject) => {
    thread.once('message', resolve).once('error', reject);
    thread.once('exit', (code) => reject(new Error(`a thread ended with code ${code}`)));
  });
}

async function runSuite({ suitePath, exclusionsPath, only }) {
  const exclusions = JSON.parse(readFileSync(exclusionsPath, 'utf8'));
  const excludedNames = new Set(exclusions.flatMap(({ tests }) => tests));
  /** What the exclusions name and the suite doesn't; names occur more than once there. */
  const pending = new Set(excludedNames);
  const jasmine = require('jasmine-core').boot(require('jasmine-core'));
  const environment = jasmine.getEnv();
  const report = { passed: 0, failed: [], excluded: 0 };
  process.env.NODE_PATH = join(root, 'node_modules');
  require('node:module').Module._initPaths();
  const suite = require(suitePath);
  const probe = await suite.loadTorch();
  if (!probe.available) throw new Error(probe.reason);
  await suite.setBackend('torch');
  suite.loadTests();
  environment.configure({
    random: false,
    specFilter: (spec) => {
      const name = spec.getFullName();
      if (only && !name.includes(only)) return false;
      const excluded = excludedNames.has(name);
      pending.delete(name);
      if (excluded) report.excluded++;
      return !excluded;
    },
  });
  environment.clearReporters();
  environment.addReporter({
    specDone({ fullName, status, failedExpectations }) {
      if (status === 'passed') report.passed++;
      if (status === 'failed') {
        report.failed.push({ name: fullName, message: failedExpectations[0]?.message ?? '' });
      }
    },
  });
  await new Promise((resolve) => {
    environment.addReporter({ jasmineDone: resolve });
    environment.execute();
  });
  const { handles } = suite.torchMemory();
  report.liveHandles = handles;
  report.liveTensors = suite.memory().numDataBuffers;
  report.unusedExclusions = [...pending];
  return report;
}

if (isMainThread) {
  const [exclusionsPath, only] = process.argv.slice(2);
  const folder = await mkdtemp(join(tmpdir(), 'coatrack-suite-'));
  try {
    const data = { suitePath: await bundle(folder), exclusionsPath, only };
    const reports = await Promise.all(Array.from({ length: threads }, () => runInThread(data)));
    console.log(JSON.stringify(reports));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  process.exit(0);
} else {
  parentPort.postMessage(await runSuite(workerData));
}
