import { randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import { type RunningApi, startApi, type TestHouse } from './support/api';
import { it } from './support/fixture';
import type { Page } from './support/client';

/** Rows as weeks of work leave them; what lists must not show is large. */
const jobs = 450;
const blob = 'ab'.repeat(32);
const dataset = { id: randomUUID(), name: 'shapes' };

let house: TestHouse;
let api: RunningApi;

const addJob = (name: string) =>
  house.database.query(
    `INSERT INTO jobs (id, type, state, name, request, status, progress, attempts, fruitless_attempts,
       created_at, enqueued_at, last_seq)
     VALUES (gen_random_uuid(), 'export', 'cancelled', $1,
       '{"version": {"model": "pets", "version": 1}, "format": "onnx", "precision": "fp32"}',
       '{"phase": null, "done": 0, "total": null, "unit": "bytes"}', 0, 0, 0, clock_timestamp(), now(), 0)`,
    [name],
  );

it.beforeAll(async ({ api: running, house: own }) => {
  api = running;
  house = own;
  const { query } = house.database;
  // In one statement: the sweep at the start collects blobs that nothing refers to.
  await query(
    `WITH kept AS (INSERT INTO blobs VALUES ($3, 1))
     INSERT INTO datasets (id, name, blob, bytes, images, classes, skipped, skipped_count, created_at)
     SELECT CASE n WHEN 0 THEN $1::uuid ELSE gen_random_uuid() END, CASE n WHEN 0 THEN $2 ELSE 'd' || n END,
       $3, 1, 25000, (SELECT jsonb_agg(jsonb_build_object('name', 'class ' || c, 'count', 5)
         ORDER BY c) FROM generate_series(1, 5000) c),
       '[{"path": "a", "reason": "b"}]', 1, '2026-01-01'::timestamptz + n * interval '1 second'
     FROM generate_series(0, 60) n`,
    [dataset.id, dataset.name, blob],
  );
  await query(
    `INSERT INTO dataset_images (dataset_id, index, class, name, format, byte_offset, byte_length, width, height)
     SELECT $1, n, n / 5, n || '.png', 'png', n, 1, 8, 8 FROM generate_series(0, 139) n`,
    [dataset.id],
  );
  // Several share each time.
  await query(
    `INSERT INTO jobs (id, type, state, name, request, status, progress, attempts, fruitless_attempts,
       created_at, enqueued_at, last_seq)
     SELECT gen_random_uuid(), 'fine-tune', 'failed', 'job ' || n,
       json_build_object('architecture', 'efficientnetv2_b0', 'parent', null, 'dataset', $1::json,
         'recipe', '{"epochs": 300}'::json),
       json_build_object('epoch', 300, 'step', 300, 'steps', 300, 'imagesPerSecond', 1, 'engine', 'wasm',
         'checkpoint', null, 'metrics', null, 'history', (SELECT json_agg(json_build_object(
           'epoch', e, 'top1', e / 300.0, 'padding', repeat('x', 500)) ORDER BY e) FROM generate_series(1, 300) e)),
       1, 1, 0, '2026-01-01'::timestamptz + n / 7 * interval '1 microsecond', now(), 0
     FROM generate_series(1, $2::integer) n`,
    [JSON.stringify(dataset), jobs],
  );
  await query(
    `INSERT INTO models (name, created_at)
     SELECT 'm' || n, '2026-01-01'::timestamptz + n / 3 * interval '1 second' FROM generate_series(1, 70) n`,
  );
  await query(
    `INSERT INTO model_versions (id, model, version, architecture, labels, preprocessing, blob, bytes,
       parameters, accuracy, format, recipe, created_at)
     SELECT gen_random_uuid(), 'm1', n, 'efficientnetv2_b0',
       (SELECT jsonb_agg('class ' || c) FROM generate_series(1, 5000) c),
       '{"imageSize": 224, "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "cropPercent": 1, "interpolation": "bicubic"}',
       $1, 1, 1, '{}', 'safetensors', '{"epochs": 3}', now() FROM generate_series(1, 120) n`,
    [blob],
  );
  await query(
    `INSERT INTO artifacts (id, job, model, version, format, precision, file_name, blob, bytes, verification, created_at)
     SELECT gen_random_uuid(), gen_random_uuid(), 'm1', 1, 'onnx', 'fp32', n || '.onnx', $1, 1, '{}',
       '2026-01-01'::timestamptz + n * interval '1 second' FROM generate_series(1, 60) n`,
    [blob],
  );
  await query(
    `INSERT INTO measurements (id, job, model, version, executor, image_size, batch_size, instances, latency,
       throughput, runs, memory_bytes, hardware, created_at)
     SELECT gen_random_uuid(), gen_random_uuid(), 'm1', n, 'ONNX Runtime', 224, 1, 1,
       '{"mean": 1, "p50": 1, "p95": 1, "p99": 1}', 1, 1, 1, '{}', '2026-01-01' FROM generate_series(1, 120) n`,
  );
});

async function pageOf<T>(path: string): Promise<Page<T>> {
  const { status, body } = await api.client.get<Page<T>>(path);
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

async function readAll<T>(path: string, query = ''): Promise<{ items: T[]; pages: number }> {
  const items: T[] = [];
  let pages = 0;
  for (let next: string | null = ''; next !== null; pages++) {
    const page: Page<T> = await pageOf<T>(`${path}?${query}${next && `&cursor=${next}`}`);
    items.push(...page.items);
    next = page.next;
  }
  return { items, pages };
}

interface Job {
  id: string;
  name: string;
  createdAt: string;
}

describe('every list', () => {
  it.each([
    ['/jobs', jobs, 9],
    ['/models', 70, 2],
    ['/models/m1/versions', 120, 3],
    ['/models/m1/versions/1/artifacts', 60, 2],
    ['/datasets', 61, 2],
    [`/datasets/${dataset.id}/images`, 140, 3],
    ['/compare', 120, 2],
  ])('%s is paged to its end with each item once', async (path, count, pages) => {
    const all = await readAll<object>(path);
    expect(new Set(all.items.map((item) => JSON.stringify(item))).size).toBe(count);
    expect([all.items.length, all.pages]).toEqual([count, pages]);
  });

  it.each([
    '/jobs',
    '/models',
    '/models/m1/versions',
    '/models/m1/versions/1/artifacts',
    '/datasets',
    `/datasets/${dataset.id}/images`,
    '/compare',
  ])('%s refuses cursors of other lists and limits that are too large', async (path) => {
    const foreign = Buffer.from('["x", true]').toString('base64url');
    const answers = await Promise.all([
      api.client.get(`${path}?cursor=${foreign}`),
      api.client.get(`${path}?cursor=%00`),
      api.client.get(`${path}?limit=501`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([422, 422, 422]);
    expect(answers[0]!.body.problems).toMatchObject([{ where: 'cursor' }]);
  });

  it.each([
    ['/jobs?limit=200', 200_000],
    ['/models/m1/versions?limit=200', 120_000],
    ['/models/m1', 60_000],
    ['/datasets?limit=200', 60_000],
    ['/compare?limit=200', 120_000],
  ])('%s stays below %i bytes', async (path, limit) => {
    const { body } = await api.client.get<object>(path);
    expect(JSON.stringify(body).length).toBeLessThan(limit);
  });
});

describe('jobs', () => {
  it('are listed newest first, by state and type, without the history that a single job includes', async () => {
    const { items } = await readAll<Job>('/jobs', 'state=failed&type=fine-tune&limit=200');
    expect(items).toHaveLength(jobs);
    const times = items.map(({ createdAt }) => createdAt);
    expect(times).toEqual(times.toSorted().toReversed());
    expect(items[0]).toMatchObject({ type: 'fine-tune', epochs: 300, top1: 1, dataset });
    expect(items[0]).not.toHaveProperty('history');
    expect(items[0]).not.toHaveProperty('recipe');
    expect((await pageOf('/jobs?type=import')).items).toEqual([]);
    const { body } = await api.client.get<{ history: object[] }>(`/jobs/${items[0]!.id}`);
    expect(body.history).toHaveLength(300);
  });

  it('that appear or disappear while a list is read neither repeat nor hide others', async () => {
    const first = await pageOf<Job>('/jobs?limit=100&state=failed');
    await addJob('newcomer');
    await house.database.query('DELETE FROM jobs WHERE id = $1', [first.items.at(-1)!.id]);
    const rest: Job[] = [];
    for (let { next } = first; next !== null;) {
      const page: Page<Job> = await pageOf<Job>(`/jobs?limit=100&state=failed&cursor=${next}`);
      rest.push(...page.items);
      next = page.next;
    }
    const ids = [...first.items, ...rest].map(({ id }) => id);
    expect(new Set(ids).size).toBe(jobs);
    expect(ids).toHaveLength(jobs);
    expect((await pageOf<Job>('/jobs?limit=1')).items[0]!.name).toBe('newcomer');
  });
});

describe('a model', () => {
  it('includes its newest versions and a cursor to the others', async () => {
    const { body } = await api.client.get<{
      versions: number;
      versionList: { version: number }[];
      next: string;
    }>('/models/m1');
    expect(body.versions).toBe(120);
    expect(body.versionList[0]).toMatchObject({ version: 120, classCount: 5000 });
    expect(body.versionList[0]).not.toHaveProperty('labels');
    const older = await pageOf<{ version: number }>(`/models/m1/versions?cursor=${body.next}`);
    expect(older.items[0]!.version).toBe(body.versionList.at(-1)!.version - 1);
    expect((await api.client.get('/models/absent/versions')).body.code).toBe('MODEL_NOT_FOUND');
  });
});

describe('images of a dataset', () => {
  it('are also found by offset', async () => {
    const path = `/datasets/${dataset.id}/images?class=class%203`;
    const page = await pageOf<{ index: number }>(`${path}&limit=2&offset=1`);
    expect(page).toMatchObject({ total: 5, items: [{ index: 11 }, { index: 12 }] });
    const next = await pageOf<{ index: number }>(`${path}&cursor=${page.next}`);
    expect(next.items.map(({ index }) => index)).toEqual([13, 14]);
    expect(next.next).toBeNull();
  });
});

describe('retention', () => {
  it('deletes jobs that ended long ago, if a number of days is set', async () => {
    const [old, recent] = (await pageOf<Job>('/jobs?limit=2&state=failed')).items;
    const end = (id: string, days: number) =>
      house.database.query(
        `UPDATE jobs SET finished_at = now() - make_interval(days => $2) WHERE id = $1`,
        [id, days],
      );
    await end(old!.id, 8);
    await end(recent!.id, 6);
    const keeping = await startApi({ ...house.environment, COATRACK_JOB_RETENTION_DAYS: '7' });
    const statusOf = async ({ id }: Job) => (await api.client.get(`/jobs/${id}`)).status;
    await expect.poll(() => statusOf(old!), { timeout: 20_000 }).toBe(404);
    expect(await statusOf(recent!)).toBe(200);
    await keeping.stop();
  });
});
