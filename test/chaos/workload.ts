import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { findArchitecture } from '@coatrack/models';
// A stand-in for tests alone: no library that could be imported by name has it.
// eslint-disable-next-line @nx/enforce-module-boundaries
import { HubServer, sha256Of } from '@coatrack/api/src/registry/publishers/hub-server.fixture';
import { classFolders, solidImage } from '../integration/support/images';
import { seededSafetensors, tensorsOf } from '../integration/support/weights';
import type { Product, Reply } from './product';
import type { Random } from './random';

const architecture = 'efficientnetv2_b0';
const labels = ['a', 'b', 'c'];
const imageSize = 32;
const recipe = { imageSize, epochs: 5, batchSize: 8, warmupEpochs: 0, seed: 1 };

/** The same jobs again and again, so that each result can be held against an undisturbed one. */
const fineTunes = {
  fresh: { architecture, recipe: { ...recipe, emaDecay: 0.9 } },
  further: { model: 'base:1', recipe: { ...recipe, trainable: 'head' } },
};
type FineTune = keyof typeof fineTunes;

export interface Job {
  id: string;
  type: string;
  state: string;
  attempts: number;
  error: { code: string; message: string } | null;
  result: { model: string; version: number; artifact?: string } | null;
  metrics?: { top1: number; top5: number; loss: number } | null;
}

/** What an undisturbed run of a fine-tune comes to. */
export interface Outcome {
  metrics: string;
  weights: string;
}

export interface Answers {
  right: number;
  wrong: number;
  /** No connection, or it broke. */
  refused: number;
  /** 503 with Retry-After, or 429. */
  later: number;
  /** Any other answer than 200. */
  failed: string[];
}

interface Prediction {
  label: string;
  probability: number;
}

/** Two engines may answer in turn; they differ by rounding alone. */
function alike(seen: Prediction[], expected: Prediction[]): boolean {
  return expected.every(
    ({ label, probability }, rank) =>
      seen[rank]?.label === label && Math.abs(seen[rank].probability - probability) < 1e-3,
  );
}

/** Uploads, deletions, fine-tunes, imports, exports, benchmarks and predictions, all at once, and what was accepted of them. */
export class Workload {
  readonly accepted = new Map<string, { type: string; fineTune?: FineTune }>();
  readonly datasets = new Map<string, { images: number; deleted: boolean }>();
  readonly answers: Answers = { right: 0, wrong: 0, refused: 0, later: 0, failed: [] };
  readonly reference = new Map<FineTune, Outcome>();
  private readonly hub: HubServer;
  private stopped = false;
  private loops: Promise<void>[] = [];
  private expected?: Prediction[];
  /** Each takes a new name: whether an upload whose answer was lost took place is not known. */
  private uploads = 0;

  private constructor(
    private readonly product: Product,
    private readonly random: Random,
    hub: HubServer,
  ) {
    this.hub = hub;
  }

  static async startHub(): Promise<HubServer> {
    const hub = await HubServer.start();
    const config = {
      architecture: 'tf_efficientnetv2_b0',
      num_classes: 3,
      label_names: labels,
      pretrained_cfg: { input_size: [3, imageSize, imageSize], num_classes: 3 },
    };
    const files = {
      'config.json': Buffer.from(JSON.stringify(config)),
      'model.safetensors': seededSafetensors(tensorsOf(architecture, 3), 7),
    };
    const sha = sha256Of(files['config.json']).slice(0, 40);
    hub.repositories.set('chaos/b0', { head: { sha, files }, licence: 'apache-2.0' });
    return hub;
  }

  /** Puts the base version and dataset in place and runs each fine-tune undisturbed. */
  static async prepare(product: Product, random: Random, hub: HubServer): Promise<Workload> {
    const load = new Workload(product, random, hub);
    const base = {
      weights: new Blob([new Uint8Array(seededSafetensors(tensorsOf(architecture, 3), 1))]),
      config: JSON.stringify({
        architecture,
        labels,
        preprocessing: { ...findArchitecture(architecture).preprocessing, imageSize },
      }),
    };
    load.must(201, await product.ask('POST', '/models/base/versions', form(base)));
    load.must(200, await product.ask('PUT', '/models/base/aliases/live', { version: 1 }));
    const file = new Blob([new Uint8Array(await classFolders({ a: 14, b: 14, c: 14 }))]);
    load.must(201, await product.ask('POST', '/datasets', form({ name: 'train', file })));
    for (const name of Object.keys(fineTunes) as FineTune[]) {
      const id = await load.submit(load.fineTune(name), { type: 'fine-tune', fineTune: name });
      const job = await load.finished(id!);
      load.reference.set(name, await load.outcomeOf(job!));
    }
    return load;
  }

  private must(status: number, reply: Reply<unknown>): void {
    if (reply.status !== status) {
      throw new Error(`${reply.status} instead of ${status}: ${JSON.stringify(reply.body)}`);
    }
  }

  private fineTune(name: FineTune): object {
    return { type: 'fine-tune', dataset: 'train', name: `made-${name}`, ...fineTunes[name] };
  }

  start(): void {
    this.loops = [
      this.loop(() => this.runFineTune()),
      this.loop(() => this.runExport()),
      this.loop(() => this.runImport()),
      this.loop(() => this.runBenchmark()),
      this.loop(() => this.changeDatasets()),
      this.loop(() => this.predict()),
    ];
  }

  /** Accepts nothing more; done when every accepted job has ended, or after the limit. */
  async finish(limitMs: number): Promise<void> {
    this.stopped = true;
    await Promise.all(this.loops);
    const deadline = Date.now() + limitMs;
    for (const id of this.accepted.keys()) await this.finished(id, deadline);
    await this.hub.stop();
  }

  private async loop(round: () => Promise<void>): Promise<void> {
    while (!this.stopped) await round();
  }

  private async rest(low: number, high: number): Promise<void> {
    const until = Date.now() + this.random.between(low, high) * 1000;
    while (!this.stopped && Date.now() < until) await pause(100);
  }

  /** @returns the accepted job's id; undefined where the workload was stopped before it was accepted */
  private async submit(
    body: object,
    what: { type: string; fineTune?: FineTune },
    path = '/jobs',
  ): Promise<string | undefined> {
    while (!this.stopped) {
      const reply = await this.product.ask<Job>('POST', path, body);
      this.note(reply);
      if (reply.status === 202 || reply.status === 201) {
        this.accepted.set(reply.body.id, what);
        return reply.body.id;
      }
      await pause(300);
    }
    return undefined;
  }

  private async finished(id: string, deadline = Infinity): Promise<Job | undefined> {
    while (Date.now() < deadline) {
      const { status, body } = await this.product.ask<Job>('GET', `/jobs/${id}`);
      if (status === 200 && ['succeeded', 'failed', 'cancelled'].includes(body.state)) return body;
      await pause(300);
      if (this.stopped && deadline === Infinity) return undefined;
    }
    return undefined;
  }

  private async run(body: object, type: string, path?: string): Promise<void> {
    const id = await this.submit(body, { type }, path);
    if (id) await this.finished(id);
  }

  private async runFineTune(): Promise<void> {
    const name = this.random.pick(Object.keys(fineTunes) as FineTune[]);
    const id = await this.submit(this.fineTune(name), { type: 'fine-tune', fineTune: name });
    if (id) await this.finished(id);
  }

  private async runExport(): Promise<void> {
    const precision = this.random.pick(['fp32', 'fp16']);
    await this.run({ type: 'export', model: 'base:1', format: 'onnx', precision }, 'export');
    await this.rest(4, 12);
  }

  private async runImport(): Promise<void> {
    await this.run({ hub: 'chaos/b0' }, 'import', '/models/imported/versions');
    await this.rest(8, 20);
  }

  private async runBenchmark(): Promise<void> {
    await this.rest(10, 40);
    const body = { type: 'benchmark', models: ['base:1'], batchSizes: [1], secondsPerSetting: 1 };
    await this.run(body, 'benchmark');
  }

  private async changeDatasets(): Promise<void> {
    const name = `set-${this.uploads++}`;
    const images = 2 + Math.floor(this.random.between(0, 6));
    const file = new Blob([new Uint8Array(await classFolders({ a: images, b: images }))]);
    const reply = await this.product.ask('POST', '/datasets', form({ name, file }));
    this.note(reply);
    if (reply.status === 201) this.datasets.set(name, { images: 2 * images, deleted: false });
    await this.rest(1, 4);
    const kept = [...this.datasets].filter(([, { deleted }]) => !deleted);
    if (kept.length > 2 && this.random.next() < 0.34) {
      const [gone, set] = this.random.pick(kept);
      const deletion = await this.product.ask('DELETE', `/datasets/${gone}`);
      this.note(deletion);
      // After an answer that was lost, a 404 says that it has happened.
      if (deletion.status === 204 || deletion.status === 0) set.deleted = deletion.status === 204;
      if (deletion.status === 0) this.datasets.delete(gone);
    }
  }

  private async predict(): Promise<void> {
    await pause(250);
    const reply = await this.askForPrediction();
    this.note(reply);
    if (reply.status !== 200) return;
    const { predictions } = reply.body.results[0]!;
    this.expected ??= predictions;
    if (alike(predictions, this.expected)) this.answers.right++;
    else this.answers.wrong++;
  }

  /** Whether the model answers at the moment. */
  async predicts(): Promise<boolean> {
    return (await this.askForPrediction()).status === 200;
  }

  private async askForPrediction() {
    const image = new Blob([new Uint8Array(await solidImage(220, 40, 15, imageSize))]);
    const path = '/models/base/predict?alias=live&topK=3';
    return this.product.ask<{ results: { predictions: Prediction[] }[] }>(
      'POST',
      path,
      form({ image }),
    );
  }

  private note({ status, body }: Reply<unknown>): void {
    if (status === 0) this.answers.refused++;
    else if (status === 503 || status === 429) this.answers.later++;
    else if (status >= 500 && status !== 507) {
      this.answers.failed.push(`${status} ${JSON.stringify(body).slice(0, 200)}`);
    }
  }

  async outcomeOf(job: Job): Promise<Outcome> {
    const { model, version } = job.result!;
    const path = `/models/${model}/versions/${version}/weights`;
    const { status, body } = await this.product.ask<Buffer>('GET', path);
    if (status !== 200) throw new Error(`${path}: ${status}`);
    const { top1, top5, loss } = job.metrics!;
    return {
      metrics: JSON.stringify({ top1, top5, loss }),
      weights: createHash('sha256').update(body).digest('hex'),
    };
  }
}

function form(fields: Record<string, string | Blob>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string') data.append(name, value);
    else data.append(name, value, 'file');
  }
  return data;
}
