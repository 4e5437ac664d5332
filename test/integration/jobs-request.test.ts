import { describe, expect } from 'vitest';
import { readEvents } from './jobs-events';
import type { RunningApi } from './support/api';
import { it } from './support/fixture';
import type { Page } from './support/client';
import { classFolders } from './support/images';

interface Job {
  id: string;
  state: string;
  recipe: Record<string, unknown>;
  preset: { name: string; reason: string | null } | null;
}

let api: RunningApi;
let datasetId: string;
const good = { type: 'fine-tune', architecture: 'efficientnetv2_b0', dataset: 'shapes', name: 'm' };

// No worker runs here: jobs stay queued.
it.beforeAll(async ({ api: running }) => {
  api = running;
  const file = await classFolders({ red: 2, green: 2 });
  const { body } = await api.client.upload<{ id: string }>('/datasets', { name: 'shapes', file });
  datasetId = body.id;
});

describe('a request for a job', () => {
  it('gets every problem in one answer', async () => {
    const { status, body } = await api.client.post('/jobs', {
      type: 'fine-tune',
      architecture: 'resnet50',
      model: 'nobody@best',
      dataset: 'nothing',
      name: 'Not A Name',
      recipe: { epochs: 0, learningRate: -1, optimizer: 'lion', bogus: 1 },
    });
    expect(status).toBe(422);
    expect(body.code).toBe('INVALID_REQUEST');
    const places = body.problems!.map(({ where }) => where);
    expect(places).toEqual(
      expect.arrayContaining([
        'architecture',
        'model',
        'dataset',
        'name',
        'recipe',
        'recipe.epochs',
        'recipe.learningRate',
        'recipe.optimizer',
      ]),
    );
    expect(body.message).toMatch(/There is no architecture "resnet50"/);
    expect(body.message).toMatch(/not both/);
    expect(body.message).toMatch(/bogus/);
  });

  it.each([
    ['a type that does not exist', { type: 'pretrain' }, 'type'],
    ['a type that every object has', { type: 'constructor' }, 'type'],
    ['nothing to start from', { architecture: undefined }, 'architecture'],
    ['a size that the network cannot see', { recipe: { imageSize: 50 } }, 'recipe.imageSize'],
    ['steps of one image', { recipe: { batchSize: 1 } }, 'recipe.batchSize'],
    [
      'steps of more images than there are',
      { recipe: { accumulation: 999 } },
      'recipe.accumulation',
    ],
    ['two warm-ups', { recipe: { schedule: 'one-cycle', warmupEpochs: 1 } }, 'recipe.warmupEpochs'],
    ['a preset that needs a model', { preset: 'fine-tune' }, 'preset'],
    ["another network's preset", { preset: 'automl/efficientnetv2' }, 'preset'],
    ['a preset that does not exist', { preset: 'best' }, 'preset'],
    ['a recipe that is no object', { recipe: [1] }, 'recipe'],
    ['a field that does not exist', { extra: 1 }, 'request'],
  ])('is refused with %s', async (_, change, where) => {
    const body = { ...good, architecture: 'coatnet_0', ...change };
    const answer = await api.client.post('/jobs', body);
    expect(answer.status).toBe(422);
    expect(answer.body.problems).toMatchObject([{ where }]);
  });

  it('gets recipe defaults that depend on what is trained', async () => {
    const recipe = { epochs: 1, optimizer: 'sgd' };
    const { status, body } = await api.client.post<Job>('/jobs', { ...good, recipe });
    expect(status).toBe(202);
    expect(body.state).toBe('queued');
    expect(body.recipe).toMatchObject({ epochs: 1, warmupEpochs: 0, imageSize: 192, seed: 0 });
  });

  it('is filled by a preset, which its own fields go over', async () => {
    const recipe = { epochs: 40, imageSize: 96, dropRate: 0.5 };
    const request = { ...good, preset: 'auto', recipe };
    const { status, body } = await api.client.post<Job>('/jobs', request);
    expect(status).toBe(202);
    expect(body.preset).toEqual({
      name: 'from-scratch',
      reason: 'Training starts from fresh weights.',
    });
    expect(body.recipe).toMatchObject({
      epochs: 40,
      stages: 4,
      firstImageSize: 55,
      imageSize: 96,
      augment: 'randaugment',
      dropRate: 0.5,
      keep: 'best',
    });
    const plain = await api.client.post<Job>('/jobs', good);
    expect(plain.body.preset).toBeNull();
  });

  it('may have a batch size of one if the batch norms are frozen', async () => {
    const recipe = { batchSize: 1, trainable: 'head' };
    const { status } = await api.client.post<Job>('/jobs', { ...good, recipe });
    expect(status).toBe(202);
  });

  it('finds jobs only by id', async () => {
    const unknown = '/jobs/00000000-0000-4000-8000-000000000000';
    expect((await api.client.get(unknown)).body.code).toBe('JOB_NOT_FOUND');
    expect((await api.client.get(`${unknown}/events`)).status).toBe(404);
    expect((await api.client.post(`${unknown}/cancel`)).status).toBe(404);
    expect((await api.client.get('/jobs/7')).status).toBe(422);
  });
});

describe('a queued job', () => {
  it('protects its dataset, ends at once when cancelled, and replays its events', async () => {
    const { body: job } = await api.client.post<Job>('/jobs', good);
    expect((await api.client.delete(`/datasets/${datasetId}`)).body.code).toBe('DATASET_IN_USE');
    expect((await api.client.delete(`/jobs/${job.id}`)).body.code).toBe('JOB_UNFINISHED');
    const following = readEvents(api.client, job.id);
    const { status, body: cancelled } = await api.client.post<Job>(`/jobs/${job.id}/cancel`);
    expect(status).toBe(202);
    expect(cancelled.state).toBe('cancelled');
    const events = await following;
    expect(
      events.map(({ id, event, data }) => [id, event, data.type === 'state' && data.state]),
    ).toEqual([
      [1, 'state', 'queued'],
      [2, 'state', 'cancelled'],
    ]);
    expect(await readEvents(api.client, job.id, { after: 1 })).toEqual(events.slice(1));
    expect(await readEvents(api.client, job.id, { after: 2 })).toEqual([]);
    expect((await api.client.post<Job>(`/jobs/${job.id}/cancel`)).status).toBe(202);
    const { body: list } = await api.client.get<Page<Job>>('/jobs?state=cancelled');
    expect(list.items.map(({ id }) => id)).toContain(job.id);
    expect((await api.client.delete(`/jobs/${job.id}`)).status).toBe(204);
    expect((await api.client.delete(`/jobs/${job.id}`)).body.code).toBe('JOB_NOT_FOUND');
  });
});
