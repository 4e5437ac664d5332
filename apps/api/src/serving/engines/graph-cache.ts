import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { exportOnnx, findArchitecture, openSafetensors, type WriteGuard } from '@coatrack/models';
import { DiskReserve } from '../../platform/blobs/disk-reserve';
import type { ServableModel } from './executor';

/** Changes whenever the exporter writes other graphs than before. */
const graphVersion = 2;

export interface GraphCacheOptions {
  folder: string;
  /** The graphs used last are kept as far as they fit; one that is being loaded always is. */
  maxBytes: number;
  /** See DiskReserve. */
  reserve?: number;
}

/** Versions as ONNX graphs with their batch norms folded, exported when they are first asked for. */
export class GraphCache {
  private readonly folder: string;

  constructor(private readonly options: GraphCacheOptions) {
    this.folder = options.folder;
  }

  /** Local path of the version's graph. */
  async path(model: ServableModel): Promise<string> {
    const { sha256, architecture, preprocessing } = model;
    const { imageSize } = preprocessing;
    const path = join(this.folder, `${sha256}-${architecture}-${imageSize}-${graphVersion}.onnx`);
    const now = new Date();
    if (await touched(path, now)) return path;
    await mkdir(this.folder, { recursive: true });
    // A graph takes about as much as the version's weights.
    const { size } = await stat(model.path);
    await this.prune(this.options.maxBytes - size);
    const reserve = new DiskReserve(this.folder, this.options.reserve);
    await reserve.require(size);
    await write(model, path, reserve.writeGuard());
    return path;
  }

  private async prune(maxBytes: number): Promise<void> {
    const paths = (await readdir(this.folder)).map((name) => join(this.folder, name));
    const files = await Promise.all(
      paths.map(async (path) => {
        // Another process may have just removed it.
        const found = await stat(path).catch(() => undefined);
        return { path, used: found?.mtimeMs ?? 0, bytes: found?.size ?? 0 };
      }),
    );
    files.sort((a, b) => b.used - a.used);
    let kept = 0;
    for (const { path, bytes } of files) {
      kept += bytes;
      if (kept > maxBytes) await rm(path, { force: true });
    }
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

async function write(model: ServableModel, path: string, guard: WriteGuard): Promise<void> {
  const { architecture, classes, preprocessing } = model;
  const weights = await openSafetensors(model.path);
  try {
    await exportOnnx(findArchitecture(architecture), weights, {
      classes,
      imageSize: preprocessing.imageSize,
      precision: 'fp32',
      path,
      features: true,
      guard,
    });
  } finally {
    await weights.close();
  }
}
