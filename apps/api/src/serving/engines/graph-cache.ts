import { mkdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { exportOnnx, findArchitecture, openSafetensors, type WriteGuard } from '@coatrack/models';
import { DiskReserve } from '../../platform/blobs/disk-reserve';
import { evictFiles } from '../../platform/blobs/evict-files';
import type { ServableModel } from './executor';

/** Version of the exporter's graphs; must change whenever the exporter writes different ones. */
const graphVersion = 2;

export interface GraphCacheOptions {
  folder: string;
  /** Limit on cached graphs; the least recently used are evicted, but never one that is being loaded. */
  maxBytes: number;
  /** See DiskReserve. */
  reserve?: number;
}

/** Caches versions as ONNX graphs with folded batch norms, exported on first use. */
export class GraphCache {
  private readonly folder: string;

  constructor(private readonly options: GraphCacheOptions) {
    this.folder = options.folder;
  }

  /** Returns the local path of the version's graph. */
  async path(model: ServableModel): Promise<string> {
    const { sha256, architecture, preprocessing } = model;
    const { imageSize } = preprocessing;
    const path = join(this.folder, `${sha256}-${architecture}-${imageSize}-${graphVersion}.onnx`);
    const now = new Date();
    if (await touched(path, now)) return path;
    await mkdir(this.folder, { recursive: true });
    // A graph is about as large as the version's weights.
    const { size } = await stat(model.path);
    await evictFiles(this.folder, this.options.maxBytes - size);
    const reserve = new DiskReserve(this.folder, this.options.reserve);
    await reserve.require(size);
    await write(model, path, reserve.writeGuard());
    return path;
  }
}

/** Returns whether the file exists, and marks it as just used. */
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
