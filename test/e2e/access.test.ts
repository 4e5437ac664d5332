import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Coatrack, makeDataFolder, startCoatrack } from './coatrack';

const browserPath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const minute = 60_000;

describe.skipIf(!existsSync(browserPath))(`access in Chromium (${browserPath})`, () => {
  const data = makeDataFolder();
  let coatrack: Coatrack;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;

  const url = (path: string) => new URL(path, coatrack.address).href;
  const cookies = async () => (await context.cookies()).map(({ name, value }) => ({ name, value }));
  /** What a program sends that has come by the cookie. */
  const withCookie = async (path: string, init: RequestInit = {}) => {
    const [cookie] = await cookies();
    const headers = { ...init.headers, cookie: `${cookie!.name}=${cookie!.value}` };
    return (await fetch(url(path), { ...init, headers })).status;
  };

  beforeAll(async () => {
    coatrack = await startCoatrack(data.path, { COATRACK_TRUSTED_PROXIES: 'loopback' });
    browser = await chromium.launch({
      executablePath: browserPath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
    context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    page = await context.newPage();
    page.setDefaultTimeout(30_000);
  }, 5 * minute);

  afterAll(async () => {
    await browser?.close();
    await coatrack?.stop();
    data.remove();
  });

  it('the printed address logs in, even if the login page is already open', async () => {
    // The cookie of a version before sessions: the key itself.
    await context.addCookies([{ name: 'coatrack_key', value: coatrack.key, url: url('/') }]);
    await page.goto(url('/datasets'));
    await page.waitForURL('**/login?next=%2Fdatasets');
    expect(await cookies()).toEqual([]);
    await page.locator('button[type=submit]:not([data-loading])').waitFor();
    const fragment = new URL(coatrack.address).hash;
    await page.evaluate(`location.hash = ${JSON.stringify(fragment)}`);
    await page.getByRole('heading', { name: 'Datasets', level: 1 }).waitFor();
    expect(page.url()).toBe(url('/datasets'));
    expect(await cookies()).toEqual([
      { name: 'coatrack_session', value: expect.stringMatching(/^cs_/) },
    ]);
    expect(coatrack.output()).not.toContain(coatrack.key);
  });

  it('the cookie alone cannot change anything', async () => {
    expect(await withCookie('/api/v1/datasets')).toBe(200);
    expect(await withCookie('/api/v1/samples/none', { method: 'POST' })).toBe(401);
    expect(await withCookie('/api/v1/keys/none', { method: 'DELETE' })).toBe(401);
    const changed = await page.evaluate(`fetch('/api/v1/samples/none', {
      method: 'POST',
      headers: { 'x-coatrack-proof': localStorage.getItem('coatrack-proof') },
    }).then(({ status }) => status)`);
    expect(changed).toBe(404);
  });

  it('routes can be tried out on the documentation page', async () => {
    await page.goto(url('/docs'));
    await page.locator('#operations-samples-createSample').click();
    await page.getByRole('button', { name: 'Try it out' }).click();
    await page.getByPlaceholder('name').fill('none');
    await page.getByRole('button', { name: 'Execute' }).click();
    await page.getByText('SAMPLE_NOT_FOUND').last().waitFor();
    await page.locator('.live-responses-table').getByText('404').first().waitFor();
  });

  it('a key is created in the settings, shown once, and revoked', async () => {
    await page.goto(url('/settings'));
    await page.waitForURL('**/settings/keys');
    await page.getByLabel('Name').fill('dashboard');
    await page.getByRole('checkbox', { name: 'predict' }).uncheck();
    await page.getByRole('checkbox', { name: 'read' }).check();
    await page.getByRole('button', { name: 'Create key' }).click();
    const shown = page.getByLabel('key dashboard', { exact: true });
    await shown.waitFor();
    const key = (await shown.innerText()).trim();
    expect(key).toMatch(/^ck_/);
    const ask = async () =>
      (
        await fetch(`${coatrack.apiUrl}/api/v1/models`, {
          headers: { authorization: `Bearer ${key}` },
        })
      ).status;
    expect(await ask()).toBe(200);
    await page.reload();
    const row = page.getByRole('row').filter({ hasText: 'dashboard' });
    await row.waitFor();
    expect(await page.content()).not.toContain(key);

    // Logged in with this key, the console shows what it may see, and says what it may not.
    const other = await browser.newContext();
    const reader = await other.newPage();
    await reader.goto(url('/login'));
    await reader.getByLabel('Key').first().fill(key);
    await reader.getByRole('button', { name: 'Log in' }).click();
    await reader.getByRole('heading', { name: 'Overview' }).waitFor();
    await reader.goto(url('/settings/audit'));
    await reader.getByText('This needs the scope admin; the key "dashboard" has read.').waitFor();
    await other.close();

    await page.getByRole('tab', { name: 'Sessions' }).click();
    await page.getByRole('row').filter({ hasText: 'this one' }).waitFor();
    await page.getByRole('row').filter({ hasText: 'dashboard' }).waitFor();
    await page.getByRole('tab', { name: 'Keys' }).click();
    await row.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('button', { name: 'Revoke key' }).click();
    await row.waitFor({ state: 'detached' });
    expect(await ask()).toBe(401);
    await page.getByRole('tab', { name: 'Audit' }).click();
    await page.getByText('POST /api/v1/keys').first().waitFor();
  });

  it('logging out ends the session, so the cookie no longer works', async () => {
    await page.goto(url('/'));
    const [cookie] = await context.cookies();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.waitForURL('**/login');
    const headers = { cookie: `${cookie!.name}=${cookie!.value}` };
    expect((await fetch(url('/api/v1/datasets'), { headers })).status).toBe(401);
    expect(await cookies()).toEqual([]);
  });

  it('behind a trusted TLS proxy, the cookie is restricted to this host and TLS', async () => {
    const answer = await fetch(url('/session'), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-proto': 'https' },
      body: JSON.stringify({ key: coatrack.key }),
    });
    const set = answer.headers.getSetCookie().find((header) => header.includes('cs_'));
    expect(set).toMatch(
      /^__Host-coatrack_session=cs_[\w-]+; Path=\/;.*Secure; HttpOnly; SameSite=strict$/i,
    );
    expect(set).not.toMatch(/Domain/i);
  });

  it('an invalid key or link is reported', async () => {
    await page.goto(url('/login#token=cl_wrong'));
    await page.getByText('This link is no longer valid.', { exact: false }).waitFor();
    await page.getByLabel('Key').first().fill('wrong');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('This key isn’t valid.').waitFor();
    expect(page.url()).toBe(url('/login'));
  });
});
