import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { processName } from '../../platform/blobs/process-name';
import { PartialFiles } from './partial-files';

const key = 'ab'.repeat(32);
const [place, pid, start] = processName.split('-');
const running = (chance: string) => `${place}-${pid}-${start}-${chance}`;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coatrack-downloads-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

it('only one of several processes takes over the partial file of a dead one, the others get new files', async () => {
  await writeFile(join(folder, `${key}.${place}-${2 ** 22 + 1}-1-00000000`), 'part');
  const owners = ['11111111', '22222222', '33333333', '44444444'].map(running);
  const paths = await Promise.all(owners.map((own) => new PartialFiles(folder, own).take(key)));
  expect(new Set(paths).size).toBe(owners.length);
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
  expect(texts.sort()).toEqual(['', '', '', 'part']);
});

it('the partial file of a running process is left alone, even if it is in another namespace with the same process id', async () => {
  const elsewhere = `0123456789abcdef-${pid}-${start}-00000000`;
  for (const owner of [running('11111111'), elsewhere]) {
    await writeFile(join(folder, `${key}.${owner}`), 'in use');
  }
  const path = await new PartialFiles(folder, running('22222222')).take(key);
  expect(await readFile(path, 'utf8')).toBe('');
});
