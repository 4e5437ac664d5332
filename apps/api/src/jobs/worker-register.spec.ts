import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { processName, silentMs } from '../platform/blobs/process-name';
import { WorkerRegister } from './worker-register';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coatrack-workers-'));
});

afterEach(() => rm(folder, { recursive: true }));

it('the register reports dead workers until they are forgotten', async () => {
  const [place, pid, start] = processName.split('-');
  const [first, second, living] = [1, 2, 3].map(() => new WorkerRegister(folder));
  await writeFile(join(folder, `${place}-${2 ** 22 + 1}-${start}-00000000.${first!.id}`), '');
  await writeFile(join(folder, `${place}-${pid}-${Number(start) - 1}-00000000.${second!.id}`), '');
  await living!.enter();
  const dead = await living!.dead();
  expect(dead.sort()).toEqual([first!.id, second!.id].sort());
  await living!.forget(dead);
  expect(await living!.dead()).toEqual([]);
  expect(await readdir(folder)).toEqual([`${processName}.${living!.id}`]);
  await living!.leave();
  expect(await readdir(folder)).toEqual([]);
});

it('workers in other namespaces do not count as dead, but old entries of theirs are removed', async () => {
  const elsewhere = `0123456789abcdef-1-1-00000000.${new WorkerRegister(folder).id}`;
  await writeFile(join(folder, elsewhere), '');
  const register = new WorkerRegister(folder);
  expect(await register.dead()).toEqual([]);
  await register.forget([]);
  expect(await readdir(folder)).toEqual([elsewhere]);
  const then = new Date(Date.now() - 2 * silentMs);
  await utimes(join(folder, elsewhere), then, then);
  await register.forget([]);
  expect(await readdir(folder)).toEqual([]);
});
