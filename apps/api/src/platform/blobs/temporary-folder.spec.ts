import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { processName, silentMs } from './process-name';
import { TemporaryFolder } from './temporary-folder';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'coatrack-tmp-'));
});

afterEach(() => rm(root, { recursive: true, force: true }));

/** Creates the folder of another process, untouched for the given time. */
async function leave(name: string, ageMs: number): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder);
  await writeFile(join(folder, 'half-written'), 'half');
  const then = new Date(Date.now() - ageMs);
  await utimes(join(folder, 'half-written'), then, then);
  await utimes(folder, then, then);
  return name;
}

it('the folder of a dead process is removed at once, even if its process id is in use again', async () => {
  const [place, pid, start] = processName.split('-');
  const chance = '00000000';
  await leave(`${place}-${2 ** 22 + 1}-${start}-${chance}`, 0);
  await leave(`${place}-${pid}-${Number(start) - 1}-${chance}`, 0);
  const living = await leave(`${place}-${pid}-${start}-${chance}`, 2 * silentMs);
  await new TemporaryFolder(root).sweep();
  expect(await readdir(root)).toEqual([living]);
});

it('the folder of a process in another namespace is kept while its files change', async () => {
  const [, pid, start] = processName.split('-');
  const elsewhere = `0123456789abcdef-${pid}-${start}`;
  const working = await leave(`${elsewhere}-00000000`, 0);
  await leave(`${elsewhere}-11111111`, 2 * silentMs);
  const older = await leave(`host-${pid}`, 0);
  await leave(`host-1`, 2 * silentMs);
  await new TemporaryFolder(root).sweep();
  expect((await readdir(root)).sort()).toEqual([working, older].sort());
});

it('a file that is being written counts as a sign of life', async () => {
  const name = await leave(`0123456789abcdef-1-1-00000000`, 2 * silentMs);
  const now = new Date();
  await utimes(join(root, name, 'half-written'), now, now);
  await new TemporaryFolder(root).sweep();
  expect(await readdir(root)).toEqual([name]);
});

it('a process uses its own folder and removes it at the end', async () => {
  const folder = new TemporaryFolder(root);
  await folder.prepare();
  await writeFile(await folder.newPath(), 'half');
  await folder.sweep();
  expect(await readdir(join(root, processName))).toHaveLength(1);
  await folder.remove();
  expect(await readdir(root)).toEqual([]);
});
