import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { exportOnnx, findArchitecture, openSafetensors } from '@coatrack/models';
import type { ServableModel } from './executor';

/** Changes whenever the exporter writes other graphs than before. */
const graphVersion = 2;

/** The graphs used last are kept; each takes about as much as the version's weights. */
const graphLimit = 16;

/** Versions as ONNX graphs with their batch norms folded, exported when they are first asked for. */
export class GraphCache {
  constructor(private readonly folder: string) {}

  /** Local path of the version's graph. */
  async path(model: ServableModel): Promise<string> {
    const { sha256, architecture, preprocessing } = model;
    const { imageSize } = preprocessing;
    const path = join(this.folder, `${sha256}-${architecture}-${imageSize}-${graphVersion}.onnx`);
    const now = new Date();
    if (await touched(path, now)) return path;
    await mkdir(this.folder, { recursive: true });
    await write(model, path);
    await this.prune();
    return path;
  }

  private async prune(): Promise<void> {
    const paths = (await readdir(this.folder)).map((name) => join(this.folder, name));
    const files = await Promise.all(
      paths.map(async (path) => {
        // Another process may have removed it in this moment.
        const found = await stat(path).catch(() => undefined);
        return { path, used: found?.mtimeMs ?? 0 };
      }),
    );
    files.sort((a, b) => b.used - a.used);
    for (const { path } of files.slice(graphLimit)) await rm(path, { force: true });
  }
}

/** Whether it is there; then it counts as just used. */
async function touched(path: string, now: Date): Promise<boolean> {
  try {
    await utimes(path, now, now);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function write(model: ServableModel, path: string): Promise<void> {
  const { architecture, classes, preprocessing } = model;
  const weights = await openSafetensors(model.path);
  try {
    await exportOnnx(findArchitecture(architecture), weights, {
      ...{ classes, imageSize: preprocessing.imageSize, precision: 'fp32', path },
      features: true,
    });
  } finally {
    await weights.close();
  }
}
