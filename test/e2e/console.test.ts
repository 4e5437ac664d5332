import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classFolders, solidImage } from '../integration/support/images';
import { type Coatrack, makeDataFolder, runLauncher, startCoatrack } from './coatrack';

const browserPath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const minute = 60_000;

describe.skipIf(!existsSync(browserPath))(`in Chromium (${browserPath})`, () => {
  const data = makeDataFolder();
  let coatrack: Coatrack;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    coatrack = await startCoatrack(data.path);
    browser = await chromium.launch({
      executablePath: browserPath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    page = await browser.newPage();
    page.setDefaultTimeout(30_000);
  }, 5 * minute);

  afterAll(async () => {
    await browser?.close();
    await coatrack?.stop();
    data.remove();
  });

  it('a visitor without a session is asked for a key', async () => {
    await page.goto(new URL('/datasets', coatrack.address).href);
    await page.waitForURL('**/login**');
  });

  it(
    'takes a zip of images to a CoAtNet that classifies a new image',
    async () => {
      await page.goto(coatrack.address);
      await page.getByRole('heading', { name: 'Overview' }).waitFor();

      await page.goto(new URL('/datasets/new', coatrack.address).href);
      await page.getByLabel('Archive', { exact: true }).setInputFiles({
        name: 'colours.zip',
        mimeType: 'application/zip',
        buffer: await classFolders({ red: 20, green: 20, blue: 20 }),
      });
      await page.getByRole('button', { name: 'Upload' }).click();
      await page.getByRole('heading', { name: 'colours', level: 1 }).waitFor();

      await page.getByRole('link', { name: 'Fine-tune on this' }).click();
      await page.getByRole('radio', { name: 'CoAtNet-0', exact: true }).check();
      await page.getByLabel('Model name').fill('colours-coatnet');
      await page.getByLabel('Epochs', { exact: true }).fill('6');
      await page.getByLabel('Image size', { exact: true }).fill('32');
      await page.getByLabel('Batch size').fill('8');
      await page.getByRole('button', { name: 'Preview images' }).click();
      const preview = page.getByRole('img', { name: 'Augmented images' });
      // 16 images of 32 pixels with gaps of 4.
      await expect
        .poll(() =>
          preview.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth),
        )
        .toBe(148);
      await page.getByRole('button', { name: 'Start fine-tune' }).click();
      await page.getByRole('heading', { name: 'colours-coatnet', level: 1 }).waitFor();
      await page.getByLabel('Progress of the fine-tune').waitFor({ state: 'attached' });

      const result = page.getByRole('region', { name: 'Result' });
      await result.waitFor({ timeout: 4 * minute });
      const [, top1] = /([\d.]+)\s?% of the validation images classified correctly/.exec(
        await result.innerText(),
      )!;
      expect(Number(top1)).toBeGreaterThan(66);

      await page.getByRole('link', { name: 'Try it' }).click();
      await page.getByLabel('Image', { exact: true }).setInputFiles({
        name: 'new.png',
        mimeType: 'image/png',
        buffer: await solidImage(20, 30, 210),
      });
      const answers = page.getByRole('list', { name: 'Predictions' }).getByRole('listitem');
      expect(await answers.first().innerText()).toContain('blue');
    },
    6 * minute,
  );

  it('scripts on the page cannot read the key', async () => {
    expect(await page.evaluate('document.cookie')).toBe('');
    expect(page.url()).not.toContain(coatrack.key);
  });

  it(
    'stops cleanly, and starts again with everything it had',
    async () => {
      expect(await coatrack.stop()).toBe(0);
      await expect(fetch(`${coatrack.apiUrl}/health/live`)).rejects.toThrow();
      coatrack = await startCoatrack(data.path);
      const answer = await fetch(`${coatrack.apiUrl}/api/v1/models/colours-coatnet`, {
        headers: { authorization: `Bearer ${coatrack.key}` },
      });
      expect(await answer.json()).toMatchObject({ name: 'colours-coatnet', latestVersion: 1 });
    },
    3 * minute,
  );
});

describe('the launcher', () => {
  let server: Server;
  afterAll(() => server?.close());

  it('reports in one line which port is in use and how to change it', async () => {
    server = createServer();
    const port = await new Promise<number>((listening) =>
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        if (address && typeof address === 'object') listening(address.port);
      }),
    );
    const { code, output } = await runLauncher({ COATRACK_API_PORT: String(port) });
    expect(code).toBe(1);
    expect(output.trim()).toBe(
      `Port ${port}, which the API needs, is in use. Stop what uses it, or set COATRACK_API_PORT to another port.`,
    );
  });
});
