import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrateUpTo, openTestDatabase, type TestDatabase } from '../test-database.fixture';
import { TimmCoAtNets1764000000015 } from './0015-timm-coatnets';

let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase('empty');
});

afterAll(() => database?.drop());

it("versions and jobs of timm's CoAtNets get timm's names, and the reversal restores them", async () => {
  const runner = database.dataSource.createQueryRunner();
  await migrateUpTo(runner, TimmCoAtNets1764000000015);
  const blob = 'ab'.repeat(32);
  await runner.query(`INSERT INTO blobs VALUES ($1, 1)`, [blob]);
  await runner.query(`INSERT INTO models (name) VALUES ('pets')`);
  const architectures = ['coatnet_0', 'coatnet_5', 'coatnet_0_rw_224', 'efficientnetv2_b0'];
  for (const [index, architecture] of architectures.entries()) {
    await runner.query(
      `INSERT INTO model_versions (id, model, version, architecture, labels, preprocessing, blob, bytes, parameters,
         accuracy, format)
       VALUES ($1, 'pets', $2, $3, '["a", "b"]', '{}', $4, 1, 1, '{}', 'safetensors')`,
      [randomUUID(), index + 1, architecture, blob],
    );
    await runner.query(
      `INSERT INTO jobs (id, type, state, name, request, status, progress, attempts, fruitless_attempts, created_at,
         enqueued_at, last_seq)
       VALUES ($1, 'fine-tune', 'queued', $2, $3, '{}', 0, 0, 0, now(), now(), 0)`,
      [randomUUID(), `job ${index}`, { architecture, recipe: { epochs: 1 } }],
    );
  }

  const migration = new TimmCoAtNets1764000000015();
  await migration.up(runner);
  const renamed = ['coatnet_0_224', 'coatnet_5_224', 'coatnet_0_rw_224', 'efficientnetv2_b0'];
  expect(await names()).toEqual({ versions: renamed, jobs: renamed });
  await migration.down(runner);
  expect(await names()).toEqual({ versions: architectures, jobs: architectures });
  await runner.release();

  async function names(): Promise<{ versions: string[]; jobs: string[] }> {
    const versions: { name: string }[] = await runner.query(
      `SELECT architecture AS name FROM model_versions ORDER BY version`,
    );
    const jobs: { name: string }[] = await runner.query(
      `SELECT request ->> 'architecture' AS name FROM jobs ORDER BY jobs.name`,
    );
    return { versions: versions.map(({ name }) => name), jobs: jobs.map(({ name }) => name) };
  }
});
