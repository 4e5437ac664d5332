import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { exportTfjsGraph } from '@coatrack/models';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filledImage } from '../parity/fill';
import { architectureOf, filledWeights, forwardReference } from '../parity/reference';
import { largestDifference } from './difference';

const browserPath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const minute = 60_000;

/** Two families, all activations. */
const references = ['tf_efficientnetv2_b0@65', 'coatnext_nano_rw_224'];

/** What a page does with an exported network. */
const script = `
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-webgl';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

setWasmPaths('/wasm/');
globalThis.predict = async (backend, name, pixels, size) => {
  if (!(await tf.setBackend(backend))) throw new Error('There is no ' + backend);
  const model = await loadGraphModel('/models/' + name + '/model.json');
  const logits = model.predict(tf.tensor4d(pixels, [1, size, size, 3]));
  return { logits: Array.from(await logits.data()), metadata: model.metadata };
};`;

interface Prediction {
  logits: number[];
  metadata: { architecture: string; labels: string[] };
}

describe.skipIf(!existsSync(browserPath))(`in Chromium (${browserPath})`, () => {
  let folder: string;
  let server: Server;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coatrack-browser-'));
    server = await serve({
      '/models/': folder,
      '/wasm/': dirname(
        require.resolve('@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.wasm'),
      ),
    });
    browser = await chromium.launch({
      executablePath: browserPath,
      args: ['--no-sandbox', '--enable-unsafe-swiftshader', '--disable-background-networking'],
    });
    page = await browser.newPage();
    const { port } = server.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/`);
    const stdin = { contents: script, resolveDir: __dirname };
    const { outputFiles } = await build({ stdin, bundle: true, write: false, logLevel: 'error' });
    await page.addScriptTag({ content: outputFiles[0].text });
  }, 2 * minute);

  afterAll(async () => {
    await browser?.close();
    server?.close();
    await rm(folder, { recursive: true });
  });

  it.each(references)(
    'an exported network computes what timm does: %s',
    async (name) => {
      const { input_size, logits: expected, state } = forwardReference(name);
      const imageSize = input_size[1];
      const labels = Array.from({ length: 1000 }, (_, index) => `class ${index}`);
      const architecture = architectureOf(name);
      await exportTfjsGraph(architecture, filledWeights(state), {
        classes: 1000,
        imageSize,
        precision: 'fp32',
        labels,
        folder: join(folder, name),
      });
      for (const backend of ['webgl', 'wasm']) {
        const { logits, metadata } = await predict(page, backend, name, imageSize);
        expect(largestDifference(logits, expected), backend).toBeLessThan(3e-5);
        expect(metadata).toEqual({ architecture: architecture.name, labels });
      }
    },
    5 * minute,
  );
});

function predict(page: Page, ...[backend, name, size]: [string, string, number]) {
  const pixels = Array.from(filledImage('input', size));
  return page.evaluate(
    (all) =>
      (globalThis as unknown as { predict(...all: unknown[]): Promise<Prediction> }).predict(
        ...all,
      ),
    [backend, encodeURIComponent(name), pixels, size],
  );
}

/** An empty page, and folders beside it. */
async function serve(folders: Record<string, string>): Promise<Server> {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(request.url!));
    const prefix = Object.keys(folders).find((prefix) => path.startsWith(prefix));
    if (prefix) response.end(readFileSync(join(folders[prefix], path.slice(prefix.length))));
    else response.setHeader('content-type', 'text/html').end('<!doctype html>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
