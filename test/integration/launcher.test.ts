import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';

let folder: string;
let launcher: ChildProcess;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coatrack-launcher-'));
});

afterEach(async () => {
  launcher.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** Runs a script that uses the launcher's own parts. @returns the first line that it prints */
async function launch(script: string): Promise<string> {
  launcher = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: launcher.stdout! })) return line;
  throw new Error('The launcher ended without a word.');
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it('takes its processes with it when it is killed', async () => {
  const line = await launch(`
    import { Supervisor } from './tools/supervisor.mjs';
    const supervisor = new Supervisor({ onStopped: () => undefined });
    const script = 'console.log(process.pid); setInterval(() => undefined, 1000)';
    supervisor.start('part', process.execPath, ['-e', script], {});
  `);
  const pid = Number(line.replace('[part] ', ''));
  expect(runs(pid)).toBe(true);
  launcher.kill('SIGKILL');
  await expect.poll(() => runs(pid), { timeout: 5000 }).toBe(false);
});

it('starts its database again when that is killed, and ends it when it is killed itself', async () => {
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

it.skipIf(process.getuid?.() !== 0)(
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
