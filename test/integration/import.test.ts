import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
// A stand-in for tests alone: no library that could be imported by name has it.
// eslint-disable-next-line @nx/enforce-module-boundaries
import {
  type Commit,
  HubServer,
  sha256Of,
} from '@coatrack/api/src/registry/publishers/hub-server.fixture';
import { findCheckpoint, publishedLabels } from '@coatrack/models';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { finishedJob, readEvents } from './jobs-events';
import { createHouse, type RunningApi, startApi, startWorker, type TestHouse } from './support/api';
import type { RunningProcess } from './support/process';
import { safetensors, tensorsOf } from './support/weights';

interface Job {
  id: string;
  type: string;
  state: string;
  attempts: number;
  done: number;
  total: number | null;
  result: { model: string; version: number } | null;
  error: { code: string; message: string } | null;
}

const token = 'hf_test_token';
const network = 'efficientnetv2_b0';
const weightsOf = (classes: number, fill = 0) => safetensors(tensorsOf(network, classes), fill);
const preprocessing = {
  imageSize: 192,
  cropPercent: 0.9,
  cropMode: 'squash',
  interpolation: 'bilinear',
  mean: [0.5, 0.4, 0.3],
  std: [0.2, 0.3, 0.4],
};

function addressOf(checkpoint: string): string {
  return (findCheckpoint(checkpoint)!.checkpoint.location as { url: string }).url;
}

function configOf(rest: object = {}): Buffer {
  const pretrained_cfg = {
    tag: 'in1k',
    input_size: [3, 128, 128],
    test_input_size: [3, 192, 192],
    num_classes: 1000,
    crop_pct: 0.9,
    crop_mode: 'squash',
    interpolation: 'bilinear',
    mean: preprocessing.mean,
    std: preprocessing.std,
  };
  const config = { architecture: 'tf_efficientnetv2_b0', num_classes: 1000, pretrained_cfg };
  return Buffer.from(JSON.stringify({ ...config, ...rest }));
}

describe('imports', () => {
  let hub: HubServer;
  let house: TestHouse;
  let api: RunningApi;
  let worker: RunningProcess | undefined;
  let environment: Record<string, string>;

  beforeAll(async () => {
    hub = await HubServer.start();
    house = await createHouse();
    environment = {
      ...house.environment,
      COATRACK_ENGINE: 'wasm',
      COATRACK_JOB_STALE_SECONDS: '2',
      HF_ENDPOINT: hub.endpoint,
      HF_TOKEN: token,
      COATRACK_CHECKPOINT_MIRROR: hub.mirror,
    };
    api = await startApi(environment);
    worker = await startWorker(environment);
  });

  afterAll(async () => {
    await worker?.stop();
    await api?.stop();
    await hub?.stop();
    await house?.remove();
  });

  beforeEach(() => {
    hub.fault = () => undefined;
    hub.bytesPerSecond = 0;
    hub.seen.length = 0;
  });

  function publish(name: string, files: Record<string, Buffer>, rest: { gated?: string } = {}) {
    const head: Commit = { sha: sha256Of(Buffer.from(name)).slice(0, 40), files };
    hub.repositories.set(name, { head, licence: 'apache-2.0', ...rest });
    return head;
  }

  async function importInto(model: string, body: object): Promise<Job> {
    const answer = await api.client.post<Job>(`/models/${model}/versions`, body);
    expect(answer.status, JSON.stringify(answer.body)).toBe(202);
    return answer.body;
  }

  async function finished({ id }: Job): Promise<Job> {
    return (await finishedJob<Job>(api.client, id)).job;
  }

  it("create a version from a repository of the Hub, with its publisher's metadata", async () => {
    const weights = weightsOf(1000);
    const { sha } = publish(
      'timm/tf_efficientnetv2_b0.in1k',
      {
        'README.md': Buffer.from('# hello'),
        'config.json': configOf(),
        'model.safetensors': weights,
      },
      { gated: token },
    );
    const started = await importInto('b0', {
      hub: 'timm/tf_efficientnetv2_b0.in1k',
      description: 'Names a thousand things',
      intendedUse: 'Images of things',
    });
    expect(started).toMatchObject({
      type: 'import',
      state: 'queued',
      hub: 'timm/tf_efficientnetv2_b0.in1k',
    });
    const job = await finished(started);
    expect(job).toMatchObject({
      state: 'succeeded',
      error: null,
      result: { model: 'b0', version: 1 },
    });
    const { body: version } =
      await api.client.get<Record<string, unknown>>('/models/b0/versions/1');
    expect(version).toMatchObject({
      architecture: network,
      labels: publishedLabels(1000),
      preprocessing,
      licence: 'apache-2.0',
      sha256: sha256Of(weights),
      bytes: weights.length,
      job: job.id,
      source: `${hub.endpoint}/timm/tf_efficientnetv2_b0.in1k/tree/${sha}`,
      accuracy: { paper: 0.787, publisher: 0.7839 },
      intendedUse: 'Images of things',
    });
    const model = await api.client.get<{ description: string }>('/models/b0');
    expect(model.body.description).toBe('Names a thousand things');
    const events = await readEvents(api.client, job.id);
    expect(events.map(({ event }) => event)).toContain('progress');
    expect(await readdir(join(house.dataFolder, 'downloads'))).toEqual([]);
    expect(api.output() + worker!.output()).not.toContain(token);
    const authorized = new Set(
      hub.seen.filter((seen) => seen.authorization).map(({ host }) => host),
    );
    expect(authorized).toEqual(new Set(['hub']));
  });

  it('resume after kill -9 with the missing part', async () => {
    const weights = weightsOf(1000, 0.25);
    publish('owner/killed', { 'config.json': configOf(), 'model.safetensors': weights });
    hub.bytesPerSecond = 8_000_000;
    const job = await importInto('killed', { hub: 'owner/killed' });
    const folder = join(house.dataFolder, 'downloads');
    const arrived = async () => {
      const [name] = await readdir(folder).catch(() => []);
      return name ? (await stat(join(folder, name))).size : 0;
    };
    await expect.poll(arrived, { timeout: 20_000 }).toBeGreaterThan(6_000_000);
    await worker!.stop('SIGKILL');
    const kept = await arrived();
    hub.bytesPerSecond = 0;
    worker = await startWorker(environment);
    expect(await finished(job)).toMatchObject({ state: 'succeeded', attempts: 2 });
    const ranges = hub.seen.filter(({ host }) => host === 'cdn').map(({ range }) => range);
    expect(ranges).toEqual([undefined, `bytes=${kept}-`]);
    const { body } = await api.client.get<{ sha256: string }>('/models/killed/versions/1');
    expect(body.sha256).toBe(sha256Of(weights));
  });

  it('take the labels from the repository or the request, or start a new classifier', async () => {
    const label_names = ['cat', 'dog', 'bird'];
    publish('owner/three', {
      'config.json': configOf({ label_names }),
      'model.safetensors': weightsOf(3),
    });
    const labelsOf = async (body: object) => {
      const { result, error } = await finished(
        await importInto('three', { hub: 'owner/three', ...body }),
      );
      if (!result) return error!.code;
      const path = `/models/three/versions/${result.version}`;
      return (await api.client.get<{ labels: string[] }>(path)).body.labels;
    };
    expect(await labelsOf({})).toEqual(label_names);
    expect(await labelsOf({ labels: ['a', 'b', 'c'] })).toEqual(['a', 'b', 'c']);
    expect(await labelsOf({ labels: ['a', 'b'], replaceHead: true })).toEqual(['a', 'b']);
    expect(await labelsOf({ labels: ['a', 'b'] })).toBe('INVALID_LABELS');
    publish('owner/three', { 'config.json': configOf(), 'model.safetensors': weightsOf(3) });
    expect(await labelsOf({})).toBe('INVALID_LABELS');
  });

  it("use transformers' labels and report unsupported fields", async () => {
    const pretrained_cfg = { crop_mode: 'border', interpolation: 'random', crop_pct: 0.9 };
    publish('owner/transformers', {
      'config.json': configOf({ pretrained_cfg, id2label: { 1: 'dog', 0: 'cat', 2: 'bird' } }),
      'model.safetensors': weightsOf(3),
    });
    const { result } = await finished(await importInto('tf', { hub: 'owner/transformers' }));
    expect(result).toEqual({ model: 'tf', version: 1 });
    const { body } = await api.client.get('/models/tf/versions/1');
    expect(body).toMatchObject({
      labels: ['cat', 'dog', 'bird'],
      preprocessing: { cropPercent: 0.9, interpolation: 'bicubic' },
      notes: [expect.stringContaining('"border"'), expect.stringContaining('"random"')],
    });
  });

  it.each([
    ['{', /it is not valid JSON/],
    ['[]', /used: it: Invalid input: expected object/],
    ['{"architecture": "tf_efficientnet_b0"}', /is EfficientNet V1/],
  ])('say what is wrong with a config.json: %s', async (config, message) => {
    publish('owner/wrong', {
      'config.json': Buffer.from(config),
      'model.safetensors': Buffer.alloc(20),
    });
    const { error } = await finished(await importInto('wrong', { hub: 'owner/wrong' }));
    expect(error!.code).toBe('HUB_INVALID_CONFIG');
    expect(error!.message).toMatch(message);
  });

  it('take null in a config.json for what it leaves out', async () => {
    const nothing = { input_size: null, crop_pct: null, mean: null, std: null, label_names: null };
    publish('owner/null', {
      'config.json': configOf({ pretrained_cfg: nothing, label_names: ['a', 'b', 'c'] }),
      'model.safetensors': weightsOf(3),
    });
    const { result, error } = await finished(await importInto('null', { hub: 'owner/null' }));
    expect(error).toBeNull();
    expect(result).toEqual({ model: 'null', version: 1 });
  });

  it('detect the network from the weights and join the files of an index', async () => {
    const tensors = tensorsOf(network, 2);
    const shards = [tensors.slice(0, 300), tensors.slice(300)];
    const names = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
    const weight_map = Object.fromEntries(
      shards.flatMap((shard, index) => shard.map(({ name }) => [name, names[index]!])),
    );
    publish('owner/sharded', {
      'model.safetensors.index.json': Buffer.from(JSON.stringify({ weight_map })),
      [names[0]!]: safetensors(shards[0]!),
      [names[1]!]: safetensors(shards[1]!),
    });
    const job = await importInto('sharded', { hub: 'owner/sharded', labels: ['cat', 'dog'] });
    expect(await finished(job)).toMatchObject({ state: 'succeeded', error: null });
    const { body } = await api.client.get('/models/sharded/versions/1');
    expect(body).toMatchObject({ architecture: network, labels: ['cat', 'dog'] });
    expect(await readdir(join(house.dataFolder, 'downloads'))).toEqual([]);
  });

  it('list the files of a repository without weights', async () => {
    publish('owner/other', { 'weights.ckpt': Buffer.alloc(10), 'README.md': Buffer.alloc(2) });
    const { error } = await finished(await importInto('other', { hub: 'owner/other' }));
    expect(error!.message).toContain('there are weights.ckpt, README.md. Files with other names');
  });

  it('download a file of the catalogue from its publisher and verify it as far as possible', async () => {
    const google = 'efficientnetv2_b0.google_in1k';
    const weights = weightsOf(1000, 0.75);
    hub.plainFiles.set(new URL(addressOf(google)).pathname, weights);
    const { result } = await finished(await importInto('google', { checkpoint: google }));
    expect(result).toEqual({ model: 'google', version: 1 });
    const { body: version } = await api.client.get<{ source: string }>('/models/google/versions/1');
    expect(version).toMatchObject({ licence: 'Apache-2.0', accuracy: { publisher: 0.787 } });
    expect(version.source).toContain(addressOf(google));
    expect(version.source).toContain(
      `SHA-256 ${sha256Of(weights)}; the publisher states no checksum`,
    );
    const torchvision = 'efficientnet_v2_s.IMAGENET1K_V1';
    const url = addressOf(torchvision);
    hub.plainFiles.set(new URL(url).pathname, Buffer.alloc(5000));
    const job = await finished(await importInto('tv', { checkpoint: torchvision }));
    expect(job).toMatchObject({ state: 'failed', error: { code: 'CHECKPOINT_CORRUPT' } });
    hub.plainFiles.clear();
    const gone = await finished(await importInto('tv', { checkpoint: torchvision }));
    expect(gone.error).toMatchObject({ code: 'CHECKPOINT_NOT_FOUND' });
    expect(gone.error!.message).toContain(url);
  });

  it.each([
    ['nothing', {}, 'HUB_NO_WEIGHTS'],
    ['other names', { 'weights.ckpt': Buffer.alloc(10) }, 'HUB_NO_WEIGHTS'],
    ['no names of its classes', { 'model.safetensors': weightsOf(3) }, 'INVALID_LABELS'],
    [
      'a network of transformers',
      {
        'config.json': Buffer.from(
          JSON.stringify({
            architectures: ['EfficientNetForImageClassification'],
            model_type: 'efficientnet',
          }),
        ),
        'model.safetensors': Buffer.alloc(20),
      },
      'HUB_INVALID_CONFIG',
    ],
    [
      'an index of files that are not there',
      {
        'config.json': configOf(),
        'model.safetensors.index.json': Buffer.from('{"weight_map":{"a":"model-1.safetensors"}}'),
      },
      'HUB_INVALID_CONFIG',
    ],
    [
      'garbage',
      { 'config.json': Buffer.from('{'), 'model.safetensors': Buffer.alloc(20) },
      'HUB_INVALID_CONFIG',
    ],
    [
      'a list',
      { 'config.json': Buffer.from('[]'), 'model.safetensors': Buffer.alloc(20) },
      'HUB_INVALID_CONFIG',
    ],
    [
      'a network of another kind',
      {
        'config.json': configOf({ architecture: 'resnet50' }),
        'model.safetensors': Buffer.alloc(20),
      },
      'HUB_INVALID_CONFIG',
    ],
    [
      'wrong types',
      {
        'config.json': configOf({ pretrained_cfg: { mean: 'x' } }),
        'model.safetensors': Buffer.alloc(20),
      },
      'HUB_INVALID_CONFIG',
    ],
    [
      'a huge config',
      { 'config.json': Buffer.alloc(9 * 1024 ** 2, ' '), 'model.safetensors': Buffer.alloc(20) },
      'HUB_TOO_LARGE',
    ],
    [
      'no tensors',
      { 'config.json': configOf(), 'model.safetensors': Buffer.alloc(20_000) },
      'INVALID_WEIGHTS',
    ],
    [
      'another size',
      { 'config.json': configOf(), 'pytorch_model.bin': Buffer.alloc(20_000) },
      'INVALID_WEIGHTS',
    ],
  ])('report what is wrong with a repository with %s', async (_, files, code) => {
    publish('owner/wrong', files as Record<string, Buffer>);
    const job = await finished(await importInto('wrong', { hub: 'owner/wrong' }));
    expect(job).toMatchObject({ state: 'failed', error: { code }, result: null });
    expect(job.error!.message).not.toContain(house.dataFolder);
    expect((await api.client.get('/models/wrong')).status).toBe(404);
  });

  it('stop when cancelled', async () => {
    publish('owner/slow', { 'config.json': configOf(), 'model.safetensors': weightsOf(1000, 0.5) });
    hub.bytesPerSecond = 2_000_000;
    const job = await importInto('slow', { hub: 'owner/slow' });
    await expect
      .poll(async () => (await api.client.get<Job>(`/jobs/${job.id}`)).body.done, {
        timeout: 20_000,
      })
      .toBeGreaterThan(0);
    await api.client.post(`/jobs/${job.id}/cancel`);
    expect(await finished(job)).toMatchObject({ state: 'cancelled', result: null });
  });

  it.each([
    [{}, 'hub'],
    [{ hub: 'a/b', checkpoint: 'tf_efficientnetv2_b0.in1k' }, 'hub'],
    [{ hub: 'https://example.org/weights.safetensors' }, 'hub'],
    [{ hub: '../../etc/passwd' }, 'hub'],
    [{ hub: 'owner/..' }, 'hub'],
    [{ hub: 'owner/%2e%2e' }, 'hub'],
    [{ hub: 'owner' }, 'hub'],
    [{ hub: `owner/${'x'.repeat(100)}` }, 'hub'],
    [{ hub: 'a/b', revision: '../x' }, 'revision'],
    [{ hub: 'a/b', revision: 'a b' }, 'revision'],
    [{ url: 'https://example.org/x.pth' }, 'request'],
    [{ checkpoint: 'resnet50' }, 'checkpoint'],
    [{ checkpoint: 'tf_efficientnetv2_b0.in1k', revision: 'main' }, 'revision'],
    [{ checkpoint: 'tf_efficientnetv2_b0.in1k', architecture: 'coatnet_0' }, 'architecture'],
    [{ hub: 'a/b', architecture: 'resnet50' }, 'architecture'],
    [{ hub: 'a/b', replaceHead: true }, 'labels'],
    [{ hub: 5 }, 'hub'],
  ])('refuse %j before any request to a publisher', async (body, where) => {
    const answer = await api.client.post('/models/refused/versions', body);
    expect(answer.status).toBe(422);
    expect(answer.body.problems!.map((problem) => problem.where)).toContain(where);
    expect(hub.seen).toEqual([]);
  });

  it('are listed with the published weights', async () => {
    interface Checkpoint {
      name: string;
      classes: number;
      labels: boolean;
      accuracy: object;
      parameters: number;
    }
    const { body } = await api.client.get<Checkpoint[]>('/checkpoints');
    expect(body.length).toBeGreaterThan(50);
    expect(body.find(({ name }) => name === 'tf_efficientnetv2_s.in1k')).toMatchObject({
      architecture: 'efficientnetv2_s',
      publisher: 'timm',
      licence: 'Apache-2.0',
      classes: 1000,
      labels: true,
      parameters: 21_458_488,
      pretraining: 'none',
      accuracy: { paper: 0.839, publisher: 0.839 },
    });
  });
});
