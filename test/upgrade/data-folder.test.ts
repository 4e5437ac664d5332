import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Coatrack, makeDataFolder, startCoatrack } from '../e2e/coatrack';
import { Client } from '../integration/support/client';

interface Job {
  state: string;
  error: { message: string } | null;
  epoch: number;
  attempts: number;
  metrics: { top1: number; top5: number; loss: number } | null;
  history: { epoch: number }[];
  result: { model: string; version: number; artifact?: string } | null;
}

interface Prediction {
  label: string;
  probability: number;
}

const here = join(__dirname, 'data-folder-0.1');
const then = JSON.parse(readFileSync(`${here}.json`, 'utf8')) as {
  image: string;
  answers: Record<string, Prediction[]>;
  interrupted: { id: string; epochAtKill: number };
  waiting: string;
  tuned: { id: string; metrics: NonNullable<Job['metrics']> };
  exported: { job: string; sha256: string };
};

const data = makeDataFolder();
let coatrack: Coatrack;
let client: Client;

async function unpack(): Promise<void> {
  const tar = `${data.path}.tar`;
  await pipeline(
    createReadStream(`${here}.tar.br`),
    createBrotliDecompress(),
    createWriteStream(tar),
  );
  // As root, Postgres runs as the owner of its folder, which must not be root.
  const owner = process.getuid?.() === 0 ? ['--owner=65534', '--group=65534'] : [];
  execFileSync('tar', ['-xf', tar, '-C', data.path, '--no-same-owner']);
  if (owner.length > 0) execFileSync('chown', ['-R', '65534:65534', join(data.path, 'postgres')]);
  rmSync(tar);
}

async function finished(id: string): Promise<Job> {
  let job: Job | undefined;
  await expect
    .poll(
      async () => {
        job = (await client.get<Job>(`/jobs/${id}`)).body;
        return job.state;
      },
      { timeout: 180_000, interval: 500 },
    )
    .toMatch(/succeeded|failed|cancelled/);
  return job!;
}

beforeAll(async () => {
  await unpack();
  coatrack = await startCoatrack(data.path, { COATRACK_ENGINE: 'wasm' });
  client = new Client(coatrack.apiUrl, readFileSync(join(data.path, 'admin-key'), 'utf8').trim());
}, 300_000);

afterAll(async () => {
  await coatrack?.stop();
  data.remove();
});

describe('a data folder of version 0.1 that was killed in full work', () => {
  it('keeps its datasets, models and aliases', async () => {
    const datasets = JSON.stringify((await client.get('/datasets')).body);
    expect(datasets).toContain('"name":"colours"');
    expect(datasets).toContain('"images":15');
    const { body } = await client.get<{ aliases: Record<string, number> }>('/models/patterned');
    expect(body.aliases).toEqual({ best: 1 });
    expect((await client.get('/models/patterned/versions/2')).status).toBe(200);
  });

  it.each(Object.keys(then.answers))('answers as before for %s', async (name) => {
    const [model, which] = name.split(/[@:]/);
    const query = name.includes('@') ? `alias=${which}` : `version=${which}`;
    const { body } = await client.upload<{ results: { predictions: Prediction[] }[] }>(
      `/models/${model}/predict?${query}&topK=3`,
      { image: Buffer.from(then.image, 'base64') },
    );
    const { predictions } = body.results[0]!;
    for (const [rank, expected] of then.answers[name]!.entries()) {
      expect(predictions[rank]!.label).toBe(expected.label);
      expect(predictions[rank]!.probability).toBeCloseTo(expected.probability, 4);
    }
  });

  it('still has the export whose bytes match its checksum', async () => {
    const { result } = (await client.get<Job>(`/jobs/${then.exported.job}`)).body;
    const path = `/models/tuned/versions/1/artifacts/${result!.artifact}`;
    const { body } = await client.get<Buffer>(path);
    expect(createHash('sha256').update(body).digest('hex')).toBe(then.exported.sha256);
  });

  it('resumes the fine-tune that was running after its last checkpoint', async () => {
    const job = await finished(then.interrupted.id);
    expect(job.error).toBeNull();
    expect(job.state).toBe('succeeded');
    expect(job.attempts).toBe(2);
    expect(job.history).toHaveLength(40);
    expect((await client.get('/models/interrupted/versions/1')).status).toBe(200);
  });

  it('runs the fine-tune that was waiting, to the result that its twin had before', async () => {
    const job = await finished(then.waiting);
    expect(job.error).toBeNull();
    expect(job.metrics).toMatchObject(then.tuned.metrics);
  });

  it('still has the confusion of its versions', async () => {
    const { body } = await client.get<{ images: number; matrix: { counts: number[][] } }>(
      '/models/tuned/versions/1/confusion',
    );
    expect(body.images).toBeGreaterThan(0);
    const right = body.matrix.counts.reduce((sum, row, index) => sum + row[index]!, 0);
    expect(right / body.images).toBeCloseTo(then.tuned.metrics.top1);
  });

  it('shows the measurement made before', async () => {
    const { body } = await client.get('/compare');
    expect(JSON.stringify(body)).toContain('tuned');
  });
});
