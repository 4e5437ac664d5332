import { randomUUID } from 'node:crypto';
import { MetricsAccumulator } from '@coatrack/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from '../../platform/database/database';
import { openTestDatabase, type TestDatabase } from '../../platform/database/test-database.fixture';
import { ConfusionRepository } from './confusion-repository';

let database: TestDatabase;
let store: ConfusionRepository;

beforeAll(async () => {
  database = await openTestDatabase('migrated');
  store = new ConfusionRepository(new Database(database.dataSource));
  await database.dataSource.query(`INSERT INTO blobs VALUES ($1, 1)`, ['ab'.repeat(32)]);
  await database.dataSource.query(`INSERT INTO models (name) VALUES ('many')`);
});

afterAll(() => database?.drop());

let versions = 0;

async function newVersion(): Promise<string> {
  const id = randomUUID();
  await database.dataSource.query(
    `INSERT INTO model_versions (id, model, version, architecture, labels, preprocessing, blob, bytes,
       parameters, accuracy, format)
     VALUES ($1, 'many', $2, 'efficientnetv2_b0', '[]', '{}', $3, 1, 1, '{}', 'safetensors')`,
    [id, ++versions, 'ab'.repeat(32)],
  );
  return id;
}

/** Returns counts of three images per class: two classified correctly, the third as the next class. */
function evaluated(classes: number, seen: number) {
  const metrics = new MetricsAccumulator(classes);
  for (let label = 0; label < seen; label++) {
    for (const predicted of [label, label, (label + 1) % classes]) {
      const logits = new Float32Array(classes);
      logits[predicted] = 1;
      metrics.add(logits, [label]);
    }
  }
  return metrics.result().confusion;
}

describe.each([6000, 21_843])('of %i classes', (classes) => {
  const seen = 1500;
  let id: string;

  beforeAll(async () => {
    const before = process.memoryUsage().heapUsed;
    const confusion = evaluated(classes, seen);
    id = await newVersion();
    await store.insert(id, confusion);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(200 * 2 ** 20);
  });

  it('is stored pair by pair', async () => {
    expect(await store.images(id)).toBe(3 * seen);
    const pairs = await store.pairs(id, { limit: 5000 });
    expect(pairs).toHaveLength(seen);
    expect(pairs[7]).toEqual({ actual: 7, predicted: 8, count: 1, share: 1 / 3 });
    expect(await store.recall(id, { limit: 2 })).toEqual([
      { class: 0, images: 3, correct: 2 },
      { class: 1, images: 3, correct: 2 },
    ]);
  });

  it('is read class by class', async () => {
    const window = { classes: [1000, 1001], limit: 10 };
    expect(await store.pairs(id, window)).toMatchObject([
      { actual: 1000, predicted: 1001, count: 1 },
      { actual: 1001, predicted: 1002, count: 1 },
    ]);
    expect(await store.among(id, window.classes)).toEqual([
      { actual: 1000, predicted: 1000, count: 2 },
      { actual: 1000, predicted: 1001, count: 1 },
      { actual: 1001, predicted: 1001, count: 2 },
    ]);
  });
});

it('lists frequent mistakes and low recalls first, and is deleted with its version', async () => {
  const metrics = new MetricsAccumulator(3);
  const named = (label: number, predicted: number) => {
    const logits = new Float32Array(3);
    logits[predicted] = 1;
    metrics.add(logits, [label]);
  };
  named(0, 0);
  named(1, 0);
  for (let image = 0; image < 9; image++) named(2, image % 3);
  const id = await newVersion();
  await store.insert(id, metrics.result().confusion);
  expect(await store.pairs(id, { limit: 2 })).toEqual([
    { actual: 2, predicted: 0, count: 3, share: 1 / 3 },
    { actual: 2, predicted: 1, count: 3, share: 1 / 3 },
  ]);
  const recall = await store.recall(id, { limit: 9 });
  expect(recall.map((row) => row.class)).toEqual([1, 2, 0]);
  await database.dataSource.query(`DELETE FROM model_versions WHERE id = $1`, [id]);
  expect(await store.images(id)).toBe(0);
});
