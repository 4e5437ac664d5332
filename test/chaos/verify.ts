import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Product } from './product';
import type { Job, Workload } from './workload';

/** Leftovers of dead processes are swept at intervals; longer than this they may not lie. */
const sweepLimitMs = 150_000;

/** Errors that a job may end with while its disk is full. */
const spaceCodes = ['DISK_FULL', 'STORAGE_FULL'];

export interface Findings {
  /** What is wrong, a line each; empty where everything held. */
  faults: string[];
  jobs: number;
  fineTunes: number;
  outOfSpace: number;
  datasets: number;
  blobs: number;
}

/** Holds what is there against what was accepted. */
export async function verify(product: Product, load: Workload): Promise<Findings> {
  const faults: string[] = [];
  const counts = { jobs: load.accepted.size, fineTunes: 0, outOfSpace: 0 };
  for (const [id, { type, fineTune }] of load.accepted) {
    const { status, body: job } = await product.ask<Job>('GET', `/jobs/${id}`);
    const name = `${type} ${id.slice(0, 8)}`;
    if (status !== 200) {
      faults.push(`${name} is lost: ${status}`);
    } else if (job.state === 'failed' && spaceCodes.includes(job.error?.code ?? '')) {
      counts.outOfSpace++;
    } else if (job.state !== 'succeeded') {
      faults.push(`${name} is ${job.state}: ${JSON.stringify(job.error)}`);
    } else if (fineTune) {
      counts.fineTunes++;
      const expected = load.reference.get(fineTune)!;
      const outcome = await load.outcomeOf(job);
      if (outcome.metrics !== expected.metrics)
        faults.push(`${name}: ${outcome.metrics} instead of ${expected.metrics}`);
      if (outcome.weights !== expected.weights)
        faults.push(`${name}: its weights differ from an undisturbed run's`);
    } else if (type === 'export') {
      faults.push(...(await exportFaults(product, job, name)));
    }
  }
  faults.push(...(await datasetFaults(product, load)));
  const blobs = await settledBlobs(product, faults);
  faults.push(...(await stateFaults(product)));
  const { wrong, failed } = load.answers;
  if (wrong > 0) faults.push(`${wrong} predictions were wrong`);
  for (const answer of failed) faults.push(`answered ${answer}`);
  return { faults, ...counts, datasets: load.datasets.size, blobs };
}

async function exportFaults(product: Product, { result }: Job, name: string): Promise<string[]> {
  const { model, version, artifact } = result!;
  const path = `/models/${model}/versions/${version}/artifacts/${artifact}`;
  const { status, body } = await product.ask<Buffer>('GET', path);
  if (status !== 200) return [`${name}: its artifact answers ${status}`];
  const [row] = await product.query<{ blob: string }>('SELECT blob FROM artifacts WHERE id = $1', [
    artifact,
  ]);
  const sha256 = createHash('sha256').update(body).digest('hex');
  return sha256 === row?.blob ? [] : [`${name}: its artifact has other bytes`];
}

async function datasetFaults(product: Product, load: Workload): Promise<string[]> {
  const rows = await product.query<{ name: string; images: number }>(
    'SELECT name, images FROM datasets',
  );
  const there = new Map(rows.map(({ name, images }) => [name, images]));
  return [...load.datasets].flatMap(([name, { images, deleted }]) => {
    const found = there.get(name);
    if (deleted) return found === undefined ? [] : [`dataset ${name} came back`];
    return found === images ? [] : [`dataset ${name}: ${found} images instead of ${images}`];
  });
}

/** Waits until nothing temporary and nothing superseded lies around, then reads every byte. @returns how many blobs there are */
async function settledBlobs(product: Product, faults: string[]): Promise<number> {
  const deadline = Date.now() + sweepLimitMs;
  let leftovers: string[];
  do {
    leftovers = await leftoversOf(product);
    if (leftovers.length > 0) await pause(1000);
  } while (leftovers.length > 0 && Date.now() < deadline);
  faults.push(...leftovers);
  const files = filesBelow(join(product.folder, 'blobs'));
  for (const path of files) {
    const sha256 = await hashOf(path);
    if (sha256 === undefined) {
      const name = path.split('/').at(-1);
      const rows = await product.query('SELECT 1 FROM blobs WHERE sha256 = $1', [name]);
      if (rows.length > 0) faults.push(`blob ${name} has lost its bytes`);
    } else if (!path.endsWith(sha256)) {
      faults.push(`${path} has other bytes than its name`);
    }
  }
  return files.length;
}

/** Returns undefined for a file that is gone: the product may have just swept it away. */
async function hashOf(path: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
    return hash.digest('hex');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function leftoversOf(product: Product): Promise<string[]> {
  const rows = new Set(
    (await product.query<{ sha256: string }>('SELECT sha256 FROM blobs')).map((row) => row.sha256),
  );
  const files = filesBelow(join(product.folder, 'blobs')).map((path) => path.split('/').at(-1)!);
  const names = new Set(files);
  return [
    ...files.filter((name) => !rows.has(name)).map((name) => `blob ${name} has no row`),
    ...[...rows].filter((name) => !names.has(name)).map((name) => `blob ${name} has no bytes`),
    ...filesBelow(join(product.folder, 'tmp'))
      .filter((path) => !path.endsWith('.lock'))
      .map((path) => `${path} was left over`),
  ];
}

/** Rows that contradict each other. */
async function stateFaults(product: Product): Promise<string[]> {
  const rows = await product.query<{ what: string }>(`
    SELECT 'job ' || j.id || ' is ' || j.state || ', its last event says ' || (e.data ->> 'state') AS what
    FROM jobs j JOIN LATERAL (
      SELECT data FROM job_events WHERE job_id = j.id AND type = 'state' ORDER BY seq DESC LIMIT 1
    ) e ON true WHERE e.data ->> 'state' <> j.state
    UNION ALL
    SELECT 'job ' || id || ' succeeded without a version' FROM jobs
    WHERE state = 'succeeded' AND type IN ('fine-tune', 'import')
      AND NOT EXISTS (SELECT 1 FROM model_versions WHERE job_id = jobs.id)
    UNION ALL
    SELECT 'version ' || model || ':' || version || ' comes from a job that is ' || j.state
    FROM model_versions v JOIN jobs j ON j.id = v.job_id WHERE j.state <> 'succeeded'`);
  return rows.map(({ what }) => what);
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
