import { existsSync } from 'node:fs';
// A stand-in for tests alone: no library that could be imported by name has it.
// eslint-disable-next-line @nx/enforce-module-boundaries
import { HubServer } from '@coatrack/api/src/registry/publishers/hub-server.fixture';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { safetensors, tensorsOf } from '../integration/support/weights';
import { type Coatrack, makeDataFolder, startCoatrack } from './coatrack';

const browserPath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const minute = 60_000;

describe.skipIf(!existsSync(browserPath))(`in Chromium (${browserPath})`, () => {
  const data = makeDataFolder();
  let hub: HubServer;
  let coatrack: Coatrack;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    hub = await HubServer.start();
    const files = { 'model.safetensors': safetensors(tensorsOf('efficientnetv2_b0', 1000), 0.01) };
    const head = { sha: 'c'.repeat(40), files };
    hub.repositories.set('timm/tf_efficientnetv2_b0.in1k', { head, licence: 'apache-2.0' });
    coatrack = await startCoatrack(data.path, {
      HF_ENDPOINT: hub.endpoint,
      COATRACK_ENGINE: 'wasm',
    });
    browser = await chromium.launch({
      executablePath: browserPath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.setDefaultTimeout(60_000);
  }, 5 * minute);

  afterAll(async () => {
    await browser?.close();
    await coatrack?.stop();
    await hub?.stop();
    data.remove();
  });

  it(
    'imports a published checkpoint with a click, exports it, and deletes the export',
    async () => {
      await page.goto(coatrack.address);
      await page.getByRole('link', { name: 'Checkpoints' }).click();
      await page.getByRole('button', { name: 'Import tf_efficientnetv2_b0.in1k' }).click();
      await page.getByRole('link', { name: 'Open model' }).click();
      await page.getByRole('heading', { name: 'tf-efficientnetv2-b0.in1k', level: 1 }).waitFor();
      await page.getByText('tench', { exact: true }).waitFor();
      await page.getByText('78.4 %').waitFor();

      await page.getByRole('button', { name: 'Export' }).click();
      await page.getByRole('menuitem', { name: 'ONNX', exact: true }).click();
      await page.getByRole('link', { name: 'Download' }).waitFor();
      await page.getByRole('link', { name: 'Open model' }).click();
      const exported = page.getByRole('table', { name: 'Exports' }).getByText('onnx, fp32');
      await exported.waitFor();

      await page.getByRole('button', { name: /^Delete .*onnx/ }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Keep' }).click();
      await exported.waitFor();
      await page.getByRole('button', { name: /^Delete .*onnx/ }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Delete export' }).click();
      await page.getByText('No exports yet.').waitFor();
    },
    5 * minute,
  );

  it(
    'measures a version and shows it beside its accuracy',
    async () => {
      await page.getByRole('link', { name: 'Compare' }).click();
      await page.getByText('Nothing has been measured yet').waitFor();
      await page.getByRole('combobox', { name: 'Versions' }).fill('tf-efficientnetv2-b0.in1k:1');
      await page.keyboard.press('Enter');
      await page.getByLabel('Seconds per setting').fill('0.5');
      await page.getByRole('button', { name: 'Measure' }).click();
      await page.getByText('2 settings measured').waitFor({ timeout: 3 * minute });
      await page.getByRole('main').getByRole('link', { name: 'Compare' }).click();
      const table = page.getByRole('table', { name: 'Comparison' });
      await table.getByText('tf-efficientnetv2-b0.in1k:1').waitFor();
      await table.getByText('78.4 %').waitFor();
      await page.getByText('Stated by the publisher').waitFor();
      const speed = page.getByRole('radiogroup', { name: 'Speed' });
      await speed.getByText('Throughput').click();
      await page.getByText('Images per second at the fastest batch size').waitFor();
    },
    5 * minute,
  );

  it(
    'imports a repository by its name, and says what is wrong with one',
    async () => {
      await page.goto(new URL('/checkpoints', coatrack.address).href);
      await page.getByLabel('Repository').fill('owner/nowhere');
      await page.locator('form').getByRole('button', { name: 'Import' }).click();
      await page.getByText('There is no repository owner/nowhere on the Hub.').waitFor();

      await page.goto(new URL('/checkpoints', coatrack.address).href);
      await page.getByLabel('Repository').fill('owner');
      await page.locator('form').getByRole('button', { name: 'Import' }).click();
      await page.getByText('Some values are invalid; see the marked fields.').waitFor();
      const field = page.getByLabel('Repository');
      await expect.poll(() => field.getAttribute('aria-invalid')).toBe('true');
    },
    minute,
  );
});
