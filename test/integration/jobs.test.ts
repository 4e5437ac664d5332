import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { dataOf, type JobEvent, readEvents } from './jobs-events';
import { createHouse, type RunningApi, startApi, type TestHouse } from './support/api';
import { classFolders, solidImage } from './support/images';
import { predict } from './support/predict';
import { type RunningProcess, startProcess } from './support/process';

interface Job {
  id: string;
  state: string;
  attempts: number;
  progress: number;
  metrics: { top1: number } | null;
  history: { epoch: number }[];
  result: { model: string; version: number } | null;
  error: { code: string; message: string } | null;
}

interface Confusion {
  images: number;
  recall: unknown[];
  matrix: { counts: number[][] };
}

const redisUrl = inject('redisUrl');
if (!redisUrl) it.skip('jobs over Bull: needs redis-server');

describe.each(redisUrl ? ['pg-boss', 'Bull'] : ['pg-boss'])('jobs over %s', (queue) => {
  let house: TestHouse;
  let api: RunningApi;
  let worker: RunningProcess | undefined;
  let environment: Record<string, string>;

  beforeAll(async () => {
    house = await createHouse();
    environment = {
      ...house.environment,
      COATRACK_ENGINE: 'wasm',
      COATRACK_JOB_STALE_SECONDS: '2',
      ...(queue === 'Bull' ? { REDIS_URL: redisUrl } : {}),
    };
    api = await startApi(environment);
    await startWorker();
    const file = await classFolders({ red: 8, green: 8, blue: 8 });
    await api.client.upload('/datasets', { name: 'colours', file });
    const fewer = await classFolders({ red: 8, blue: 8 });
    await api.client.upload('/datasets', { name: 'shades', file: fewer });
  });

  afterAll(async () => {
    await worker?.stop();
    await api?.stop();
    await house?.remove();
  });

  async function startWorker(more: Record<string, string> = {}): Promise<void> {
    worker = await startProcess(
      'worker.js',
      { ...environment, ...more },
      /Waiting for jobs.*WebAssembly/,
    );
  }

  async function createJob(request: object): Promise<Job> {
    const { status, body } = await api.client.post<Job>('/jobs', {
      type: 'fine-tune',
      architecture: 'efficientnetv2_b0',
      dataset: 'colours',
      ...request,
    });
    expect(status, JSON.stringify(body)).toBe(202);
    return body;
  }

  const recipe = { imageSize: 32, batchSize: 6, epochs: 2 };
  const getJob = async (id: string) => (await api.client.get<Job>(`/jobs/${id}`)).body;
  const states = (events: JobEvent[]) => dataOf(events, 'state').map(({ state }) => state);
  const epochs = (events: JobEvent[]) => dataOf(events, 'epoch').map(({ epoch }) => epoch);
  const reached =
    (epoch: number) =>
    ({ data }: JobEvent) =>
      data.type === 'epoch' && data.epoch >= epoch;

  it('choose what the recipe leaves open, and say which epochs the weights are of', async () => {
    const open = { imageSize: 32, epochs: 2, batchSize: 0, trainable: 'head', keep: 'best' };
    const { id } = await createJob({ name: 'open', recipe: open });
    expect(states(await readEvents(api.client, id)).at(-1)).toBe('succeeded');
    const { body: version } = await api.client.get<{
      recipe: { batchSize: number };
      metrics: { epochs: number[] };
    }>('/models/open/versions/1');
    // An eighth of the 18 images to train with.
    expect(version.recipe).toMatchObject({ ...open, batchSize: 3 });
    expect(version.metrics.epochs).toHaveLength(1);
    expect((await getJob(id)).metrics).toEqual(version.metrics);
    const { body: card } = await api.client.get('/models/open/versions/1/card');
    expect(String(card)).toContain(`epoch ${version.metrics.epochs[0]}`);
  });

  it('create a model version that answers', async () => {
    const { id } = await createJob({ name: 'fresh', recipe });
    const events = await readEvents(api.client, id);
    expect(states(events)).toEqual(['queued', 'running', 'succeeded']);
    expect(epochs(events)).toEqual([1, 2]);
    expect(events.map((event) => event.id)).toEqual(events.map((_, index) => index + 1));
    const job = await getJob(id);
    expect(job).toMatchObject({
      state: 'succeeded',
      attempts: 1,
      progress: 1,
      error: null,
      result: { model: 'fresh', version: 1 },
      history: [{ epoch: 1 }, { epoch: 2 }],
    });
    const { body: version } = await api.client.get('/models/fresh/versions/1');
    expect(version).toMatchObject({
      labels: ['blue', 'green', 'red'],
      job: id,
      dataset: { name: 'colours' },
      parentVersion: null,
      recipe,
      preprocessing: { imageSize: 32 },
      metrics: job.metrics,
      accuracy: { measured: job.metrics!.top1 },
    });
    const { body: confusion } = await api.client.get<Confusion>(
      '/models/fresh/versions/1/confusion?limit=1',
    );
    const counts = confusion.matrix.counts.flat();
    expect(counts.reduce((sum, count) => sum + count)).toBe(confusion.images);
    const right = confusion.matrix.counts.reduce((sum, row, index) => sum + row[index]!, 0);
    expect(right / confusion.images).toBeCloseTo(job.metrics!.top1);
    expect(confusion.recall).toHaveLength(1);
    const outside = await api.client.get('/models/fresh/versions/1/confusion?classes=1-3');
    expect(outside.body.problems).toMatchObject([{ where: 'classes' }]);
    const answer = await predict(api.client, 'fresh/predict', await solidImage(200, 10, 10));
    expect(answer.status, api.output()).toBe(200);
    const total = answer.body.results[0]!.predictions.reduce(
      (sum, { probability }) => sum + probability,
      0,
    );
    expect(total).toBeCloseTo(1, 4);
  });

  it('start from a version, and stop when cancelled, running or not', async () => {
    const long = await createJob({
      architecture: undefined,
      model: 'fresh:1',
      dataset: 'shades',
      name: 'fresh',
      recipe: { ...recipe, epochs: 500, trainable: 'head' },
    });
    const next = await createJob({ name: 'never', recipe });
    expect(next).toMatchObject({ head: null });
    await readEvents(api.client, long.id, { until: reached(1) });
    expect((await api.client.delete('/models/fresh/versions/1')).body.code).toBe('VERSION_IN_USE');
    const { body: cancelled } = await api.client.post<Job>(`/jobs/${next.id}/cancel`);
    expect(cancelled.state).toBe('cancelled');
    const { status } = await api.client.post(`/jobs/${long.id}/cancel`);
    expect(status).toBe(202);
    // Its labels are others than its parent's.
    expect(await getJob(long.id)).toMatchObject({ head: 'new' });
    const events = await readEvents(api.client, long.id);
    expect(dataOf(events, 'started')[0]!.head).toBe('new');
    expect(states(events).at(-1)).toBe('cancelled');
    expect(epochs(events).length).toBeLessThan(100);
    expect((await api.client.get('/models/never')).status).toBe(404);
  });

  it('create no version once they are cancelled, even after the last epoch', async () => {
    const { id } = await createJob({ name: 'late', recipe });
    await readEvents(api.client, id, { until: reached(recipe.epochs) });
    const { status } = await api.client.post(`/jobs/${id}/cancel`);
    const last = states(await readEvents(api.client, id)).at(-1);
    // A job that has ended by then says so.
    expect([status, last]).toEqual(status === 409 ? [409, 'succeeded'] : [202, 'cancelled']);
    const made = (await api.client.get('/models/late')).status;
    expect(made).toBe(last === 'cancelled' ? 404 : 200);
  });

  it('resume from the checkpoint after their worker was killed or stopped', async () => {
    const { id } = await createJob({ name: 'tough', recipe: { ...recipe, epochs: 5 } });
    await readEvents(api.client, id, { until: reached(2) });
    await worker!.stop('SIGKILL');
    const atDeath = await getJob(id);
    expect(atDeath.state).toBe('running');
    // As on another machine, where it can't be known that the worker is dead.
    await rm(join(house.dataFolder, 'workers'), { recursive: true });
    await startWorker();
    const soFar = await readEvents(api.client, id, { until: reached(3) });
    await worker!.stop('SIGTERM');
    expect((await getJob(id)).state, worker!.output()).toBe('queued');
    await startWorker();
    const events = await readEvents(api.client, id);
    expect(states(events)).toEqual([
      'queued',
      'running',
      'running',
      'queued',
      'running',
      'succeeded',
    ]);
    expect(events.slice(0, soFar.length)).toEqual(soFar);
    const running = ({ data }: JobEvent) => data.type === 'state' && data.state === 'running';
    for (const { id: seq, data } of events.filter(running).slice(1)) {
      const { resumedFromEpoch } = data as Extract<typeof data, { type: 'state' }>;
      const [next] = epochs(events.filter((event) => event.id > seq));
      expect(resumedFromEpoch).toBeGreaterThanOrEqual(1);
      expect(next).toBe(resumedFromEpoch! + 1);
    }
    const job = await getJob(id);
    expect(job.history.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5]);
    expect(job.attempts).toBe(3);
    const made = await house.database.query(
      'SELECT version FROM model_versions WHERE job_id = $1',
      [id],
    );
    expect(made).toEqual([{ version: 1 }]);
  }, 120_000);

  it('resume at once if the next worker can see that the last one died', async () => {
    await worker!.stop();
    // Nothing else would take the job up in the time of a test.
    const patient = { COATRACK_JOB_STALE_SECONDS: '3600' };
    await startWorker(patient);
    const { id } = await createJob({ name: 'seen', recipe: { ...recipe, epochs: 3 } });
    await readEvents(api.client, id, { until: reached(1) });
    await worker!.stop('SIGKILL');
    await startWorker(patient);
    const events = await readEvents(api.client, id);
    expect(states(events)).toEqual(['queued', 'running', 'queued', 'running', 'succeeded']);
    expect((await getJob(id)).attempts).toBe(2);
  }, 120_000);

  it('fail before their first step if memory is insufficient, and say what fits', async () => {
    const { id } = await createJob({
      name: 'huge',
      architecture: 'efficientnetv2_xl',
      recipe: { imageSize: 1024, batchSize: 512 },
    });
    const events = await readEvents(api.client, id);
    expect(states(events)).toEqual(['queued', 'running', 'failed']);
    const { error } = await getJob(id);
    expect(error!.code).toBe('NOT_ENOUGH_MEMORY');
    expect(error!.message).toMatch(/needs about .* GiB .* (fits|smaller architecture)/);
  });

  it('fail with a reason and leave no checkpoint behind', async () => {
    const [dataset] = await house.database.query<{ blob: string }>('SELECT blob FROM datasets');
    const { blob } = dataset!;
    await rm(join(house.dataFolder, 'blobs', blob.slice(0, 2), blob));
    const { id } = await createJob({ name: 'lost', recipe });
    expect(states(await readEvents(api.client, id)).at(-1)).toBe('failed');
    expect((await getJob(id)).error).toMatchObject({ code: 'BLOB_MISSING' });
    const unneeded = await house.database.query(
      `SELECT sha256 FROM blobs WHERE sha256 NOT IN
         (SELECT blob FROM datasets UNION SELECT blob FROM model_versions)`,
    );
    expect(unneeded).toEqual([]);
  });
});
