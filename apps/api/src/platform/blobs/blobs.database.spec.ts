import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Database } from '../database/database';
import { openTestDatabase, type TestDatabase } from '../database/test-database.fixture';
import { Blobs } from './blobs';
import { FileBlobStore } from './file-blob-store';

let database: TestDatabase;
let folder: string;
let store: FileBlobStore;
let rows: Database;
let blobs: Blobs;

beforeAll(async () => {
  database = await openTestDatabase('migrated');
  folder = await mkdtemp(join(tmpdir(), 'coatrack-blobs-'));
  store = new FileBlobStore(folder);
  await store.prepare();
  rows = new Database(database.dataSource);
  blobs = new Blobs(rows, store);
});

afterAll(async () => {
  await store?.close();
  await database?.drop();
  await rm(folder, { recursive: true, force: true });
});

const stage = (text: string) => store.stage([Buffer.from(text)] as never);

/** Inserts a dataset's row that needs the bytes. */
async function insertDataset(sha256: string): Promise<string> {
  const id = randomUUID();
  await rows.manager.query(
    `INSERT INTO datasets (id, name, blob, bytes, images, classes, skipped, skipped_count)
     VALUES ($1, $2, $3, 1, 0, '[]', '[]', 0)`,
    [id, `dataset-${id}`, sha256],
  );
  return id;
}

async function keepNeeded(text: string): Promise<{ sha256: string; dataset: string }> {
  const staged = await stage(text);
  const dataset = await blobs.keep(staged, () => insertDataset(staged.sha256));
  return { sha256: staged.sha256, dataset };
}

async function placed(): Promise<string[]> {
  const names: string[] = [];
  for await (const name of store.list()) names.push(name);
  return names.sort();
}

it('collecting a needed blob locks neither its row nor the row that needs it', async () => {
  const { sha256, dataset } = await keepNeeded('needed');
  const holder = database.dataSource.createQueryRunner();
  await holder.startTransaction();
  try {
    await holder.query('SELECT 1 FROM datasets WHERE id = $1 FOR UPDATE', [dataset]);
    await holder.query('SELECT 1 FROM blobs WHERE sha256 = $1 FOR UPDATE', [sha256]);
    await blobs.collect(sha256);
    await blobs.sweep();
  } finally {
    await holder.rollbackTransaction();
    await holder.release();
  }
  expect(await placed()).toContain(sha256);
});

it('the sweep removes rows without a reference and files without a row, and nothing else', async () => {
  const { sha256 } = await keepNeeded('stays');
  const before = await placed();
  const withoutRow = await stage('without a row');
  await store.place(withoutRow);
  const withoutReference = await stage('without a reference');
  await store.place(withoutReference);
  await database.dataSource.query('INSERT INTO blobs VALUES ($1, 1), ($2, 1)', [
    withoutReference.sha256,
    'cd'.repeat(32),
  ]);
  await blobs.sweep();
  expect(await placed()).toEqual(before);
  expect(before).toContain(sha256);
  const known: { sha256: string }[] = await database.dataSource.query('SELECT sha256 FROM blobs');
  expect(known.map((row) => row.sha256).sort()).toEqual(before);
});

it('collecting waits for a concurrent upload of the same bytes, and leaves them', async () => {
  const staged = await stage('comes in at this moment');
  let goOn = () => {};
  const held = new Promise<void>((resolve) => (goOn = resolve));
  let arrived = () => {};
  const isPlaced = new Promise<void>((resolve) => (arrived = resolve));
  const keeping = blobs.keep(staged, async () => {
    arrived();
    await held;
    return insertDataset(staged.sha256);
  });
  await isPlaced;
  const collecting = blobs.collect(staged.sha256);
  const waiting = `SELECT 1 FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  await expect.poll(() => database.dataSource.query(waiting)).toHaveLength(1);
  goOn();
  await Promise.all([keeping, collecting]);
  expect(await placed()).toContain(staged.sha256);
});
