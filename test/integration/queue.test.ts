import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Bull from 'bull';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BullQueue } from '../../apps/api/src/queue/bull-queue';
import type { JobQueue } from '../../apps/api/src/queue/job-queue';
import { PgBossQueue } from '../../apps/api/src/queue/pg-boss-queue';
import { startPostgres } from '../../tools/postgres.mjs';

let connectionString = '';
let pgFolder = '';
let stop = async () => {};
beforeAll(async () => {
  pgFolder = mkdtempSync(join(tmpdir(), 'coatrack-q-'));
  const pg = await startPostgres({ dataFolder: join(pgFolder, 'pg') });
  connectionString = pg.url;
  stop = pg.stop;
});
afterAll(async () => {
  await stop();
  rmSync(pgFolder, { recursive: true, force: true });
});

describe('pg-boss', () => adapter(() => new PgBossQueue(connectionString)));
const redis = spawnSync('redis-server', ['--version']).status === 0;
describe.skipIf(!redis)('bull', () => {
  let server: ChildProcess;
  const folder = mkdtempSync(join(tmpdir(), 'coatrack-r-'));
  beforeAll(async () => {
    server = spawn('redis-server', ['--port', '16399', '--dir', folder, '--save', '']);
  });
  afterAll(() => {
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  adapter(() => new BullQueue(new Bull('jobs', 'redis://127.0.0.1:16399')));
});

function adapter(open: () => JobQueue) {
  it('works', async () => {
    const queue = open();
    await queue.enqueue({ id: 'a', attempts: 0 });
    await queue.enqueue({ id: 'a', attempts: 0 });
    await queue.enqueue({ id: 'b', attempts: 0 });
    const seen: string[] = [];
    let running = 0,
      most = 0;
    const other = open();
    const release: (() => void)[] = [];
    const t0 = Date.now();
    const handle = async (id: string) => {
      seen.push(id);
      running++;
      most = Math.max(most, running);
      await new Promise<void>((r) => release.push(r));
      running--;
    };
    await other.consume(handle);
    await expect.poll(() => seen, { timeout: 5000 }).toEqual(['a']);
    await queue.enqueue({ id: 'a', attempts: 1 });
    release.pop()!();
    await expect.poll(() => seen, { timeout: 5000 }).toEqual(['a', 'b']);
    release.pop()!();
    await expect.poll(() => seen, { timeout: 5000 }).toEqual(['a', 'b', 'a']);
    let stopped = false;
    const s = other.stop().then(() => {
      stopped = true;
    });
    await new Promise((r) => setTimeout(r, 300));
    expect(stopped).toBe(false);
    await queue.enqueue({ id: 'c', attempts: 0 });
    release.pop()!();
    await s;
    await new Promise((r) => setTimeout(r, 1300));
    expect(seen).toEqual(['a', 'b', 'a']);
    expect(most).toBe(1);
    console.log('ms', Date.now() - t0);
    await other.close();
    await queue.close();
    const third = open();
    await third.consume(async (id) => {
      seen.push(id);
    });
    await expect.poll(() => seen, { timeout: 5000 }).toEqual(['a', 'b', 'a', 'c']);
    await third.close();
  });
}
