import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';

const asRoot = it.skipIf(process.getuid?.() !== 0);

let folder: string;
let launcher: ChildProcess;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coatrack-launcher-'));
});

afterEach(async () => {
  launcher.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** Starts a script that uses the launcher's own parts. */
function start(script: string): void {
  launcher = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Starts a script. @returns the first line that it prints */
async function launch(script: string): Promise<string> {
  start(script);
  return (await printed(({ length }) => length === 1))[0]!;
}

/** Returns what the launcher prints, once that is enough. */
async function printed(enough: (lines: string[]) => boolean): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: launcher.stdout! })) {
    lines.push(line);
    if (enough(lines)) return lines;
  }
  throw new Error(`The launcher ended after these lines:\n${lines.join('\n')}`);
}

/** Whether a process runs; one that has ended and waits for its parent to notice does not. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && !existsSync('/proc/self');
  }
}

it("the launcher's processes end when it is killed", async () => {
  const line = await launch(`
    import { Supervisor } from './tools/supervisor.mjs';
    const supervisor = new Supervisor({ onStopped: () => undefined });
    const script = 'console.log(process.pid); setInterval(() => undefined, 1000)';
    supervisor.start({ name: 'part', command: [process.execPath, '-e', script] });
  `);
  const pid = Number(line.replace('[part] ', ''));
  expect(runs(pid)).toBe(true);
  launcher.kill('SIGKILL');
  await expect.poll(() => runs(pid), { timeout: 5000 }).toBe(false);
});

it.each(['SIGTERM', 'SIGHUP', 'SIGKILL'] as const)(
  'ends in order when the npm that started it gets %s',
  async (signal) => {
    const part = 'console.log(process.pid); setInterval(() => undefined, 1000)';
    const script = `
      import { Supervisor } from '${resolve('tools/supervisor.mjs')}';
      const stopped = '${join(folder, 'stopped')}';
      const { writeFileSync } = await import('node:fs');
      const supervisor = new Supervisor({ onStopped: () => writeFileSync(stopped, '') });
      supervisor.start({ name: 'part', command: [process.execPath, '-e', '${part}'] });
    `;
    await writeFile(join(folder, 'start.mjs'), script);
    await writeFile(join(folder, 'package.json'), '{"scripts": {"start": "node start.mjs"}}');
    launcher = spawn('npm', ['start', '--silent'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await printed(({ length }) => length === 1);
    const pid = Number(line!.replace('[part] ', ''));
    expect(runs(pid)).toBe(true);
    launcher.kill(signal);
    await expect.poll(() => runs(pid), { timeout: 10_000 }).toBe(false);
    await expect.poll(() => readdir(folder), { timeout: 10_000 }).toContain('stopped');
  },
);

it('a process that ends unexpectedly is restarted, later each time, without affecting the others', async () => {
  start(`
    import { Supervisor } from './tools/supervisor.mjs';
    console.error = console.log;
    const supervisor = new Supervisor({ onStopped: () => undefined });
    const steady = 'console.log(process.pid); setInterval(() => undefined, 1000)';
    supervisor.start({ name: 'steady', command: [process.execPath, '-e', steady] });
    supervisor.start({ name: 'broken', command: [process.execPath, '-e', 'process.exit(3)'] });
    supervisor.start({ name: 'absent', command: ['${join(folder, 'absent')}'] });
  `);
  const about = (name: string, lines: string[]) =>
    lines.filter((line) => line.startsWith(`[${name}]`)).map((line) => line.slice(name.length + 3));
  const lines = await printed(
    (all) =>
      about('broken', all).length >= 3 &&
      ['absent', 'steady'].every((name) => about(name, all).length > 0),
  );
  expect(about('broken', lines).slice(0, 3)).toEqual([
    'ended unexpectedly (exit code 3); starting again in 0.3 s',
    'ended unexpectedly (exit code 3) soon after its start, 2 times in a row; starting again in 1 s',
    'ended unexpectedly (exit code 3) soon after its start, 3 times in a row; starting again in 2 s',
  ]);
  expect(about('absent', lines)[0]).toMatch(/ENOENT.*; starting again in 0\.3 s$/);
  expect(runs(Number(about('steady', lines)[0]))).toBe(true);
});

it('everything stops if the part that all others need has invalid settings', async () => {
  start(`
    import { Supervisor } from './tools/supervisor.mjs';
    const supervisor = new Supervisor({ onStopped: () => undefined });
    const command = [process.execPath, '-e', 'process.exit(78)'];
    supervisor.start({ name: 'api', command, endsAll: true });
  `);
  const code = await new Promise((done) => launcher.once('exit', done));
  expect(code).toBe(1);
});

it.each([
  ['is told to stop', 'SIGTERM'],
  ['is killed', 'SIGKILL'],
] as const)('kills a part that does not end in its own time when it %s', async (_, signal) => {
  const line = await launch(`
    import { Supervisor } from './tools/supervisor.mjs';
    const supervisor = new Supervisor({ onStopped: () => undefined });
    const script =
      'process.on("SIGTERM", () => undefined); console.log(process.pid); setInterval(() => undefined, 1000)';
    supervisor.start({ name: 'part', command: [process.execPath, '-e', script], stopMs: 300 });
  `);
  const pid = Number(line.replace('[part] ', ''));
  launcher.kill(signal);
  await expect.poll(() => runs(pid), { timeout: 10_000 }).toBe(false);
});

it("the API's settings determine how long it may take to stop", async () => {
  const script = `
    Object.assign(process.env, { COATRACK_DRAIN_DELAY_SECONDS: '3', COATRACK_DRAIN_SECONDS: '50' });
    const { settings } = await import('./tools/settings.mjs');
    console.log(settings.apiStopMs);`;
  expect(await launch(script)).toBe('60000');
});

it('a killed database is restarted, and the database ends when the launcher is killed', async () => {
  const postgres = join(folder, 'postgres');
  const url = await launch(`
    import { startPostgres } from './tools/postgres.mjs';
    const { url } = await startPostgres({ dataFolder: ${JSON.stringify(postgres)} });
    console.log(url);
  `);
  const pidFile = join(postgres, 'postmaster.pid');
  const serverPid = async () => Number.parseInt(await readFile(pidFile, 'utf8'), 10);
  const answers = async () => {
    const client = new Client({ connectionString: url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return (await client.query<{ one: number }>('SELECT 1 AS one')).rows[0]!.one;
    } catch {
      return 0;
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  const first = await serverPid();
  expect(await answers()).toBe(1);
  process.kill(first, 'SIGKILL');
  await expect.poll(() => runs(first)).toBe(false);
  await expect.poll(answers, { timeout: 20_000 }).toBe(1);
  const second = await serverPid();
  expect(second).not.toBe(first);
  launcher.kill('SIGKILL');
  await expect.poll(() => runs(second), { timeout: 10_000 }).toBe(false);
});

asRoot(
  'lets an account into folders that are closed to it, also where a program asks by access()',
  async () => {
    const file = join(folder, 'file');
    await writeFile(file, 'inside', { mode: 0o644 });
    const read = `console.log(process.getuid(), fs.accessSync(${JSON.stringify(file)}) ?? 'reads')`;
    const line = await launch(`
      import { execFileSync } from 'node:child_process';
      import { runAs } from './tools/account.mjs';
      const { prefix, obstacle } = runAs({ uid: 65534, gid: 65534 }, [${JSON.stringify(file)}]);
      const [command, ...args] = [...prefix, process.execPath, '-e', ${JSON.stringify(read)}];
      console.log(obstacle, execFileSync(command, args).toString());
    `);
    expect(line).toBe(`${file} 65534 reads`);
  },
);

asRoot('hands what root made in a data folder to the account, and nothing else', async () => {
  const account = { uid: 65_534, gid: 65_534 };
  const handOver = (data: string) =>
    launch(`
      import { handOver } from './tools/data-folder.mjs';
      try {
        handOver(${JSON.stringify(data)}, ${JSON.stringify(account)});
        console.log('done');
      } catch (error) {
        console.log(error.message);
      }
    `);
  const ownerOf = async (path: string) => (await lstat(path)).uid;
  const outside = join(folder, 'outside');
  await writeFile(outside, '');
  const data = join(folder, 'data');
  await mkdir(join(data, 'blobs', 'ab'), { recursive: true });
  await mkdir(join(data, 'postgres'));
  await writeFile(join(data, 'blobs', 'ab', 'abc'), 'bytes');
  await symlink(outside, join(data, 'blobs', 'link'));
  expect(await handOver(data)).toBe('done');
  for (const path of ['.', 'blobs', 'blobs/ab', 'blobs/ab/abc', 'blobs/link']) {
    expect(await ownerOf(join(data, path)), path).toBe(account.uid);
  }
  expect(await ownerOf(join(data, 'postgres'))).toBe(0);
  expect(await ownerOf(outside)).toBe(0);

  expect(await handOver(folder)).toMatch(/contains something else, (data|outside)$/);
  expect(await ownerOf(folder)).toBe(0);
});
