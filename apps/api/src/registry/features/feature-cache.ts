import { mkdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { openSafetensors, SafetensorsError, writeSafetensors } from '@coatrack/models';
import type { Features, UnreadableImage } from '@coatrack/training';
import { Logger } from '@nestjs/common';
import { type DiskReserve, StorageFullError } from '../../platform/blobs/disk-reserve';
import { evictFiles } from '../../platform/blobs/evict-files';

export interface FeatureCacheOptions {
  folder: string;
  /** Limit of the cache; the least recently used features are evicted. */
  maxBytes: number;
  reserve: Pick<DiskReserve, 'writeGuard'>;
}

const tensorName = 'features';

/** Caches features of images, computed on first use. */
export class FeatureCache {
  private readonly logger = new Logger('Features');

  constructor(private readonly options: FeatureCacheOptions) {}

  /**
   * Returns what has this name, computed unless it is there. A full disk costs the time to compute it again, not the job.
   * @param name of what the features depend on; part of a file's name
   */
  async get(name: string, compute: () => Promise<Features>): Promise<Features> {
    const path = join(this.options.folder, `${name}.safetensors`);
    const known = await readFeatures(path);
    if (known) return known;
    const features = await compute();
    try {
      await this.keep(path, features);
    } catch (error) {
      if (!(error instanceof StorageFullError)) throw error;
      this.logger.warn(`Features could not be cached for the next job: ${error.message}`);
    }
    return features;
  }

  private async keep(path: string, features: Features): Promise<void> {
    const { rows, columns, values, unreadable } = features;
    const { folder, maxBytes, reserve } = this.options;
    if (values.byteLength > maxBytes) return;
    await mkdir(folder, { recursive: true });
    await evictFiles(folder, maxBytes - values.byteLength);
    const tensor = { name: tensorName, dtype: 'F32', shape: [rows, columns] } as const;
    await writeSafetensors(
      path,
      [{ ...tensor, data: async () => values }],
      { unreadable: JSON.stringify(unreadable) },
      reserve.writeGuard(),
    );
  }
}

/** Reads a file and marks it as just used; returns undefined if it is missing or damaged. */
async function readFeatures(path: string): Promise<Features | undefined> {
  try {
    const file = await openSafetensors(path);
    try {
      const [rows, columns] = file.tensors.get(tensorName)!.shape as [number, number];
      const values = await file.read(tensorName);
      const unreadable = JSON.parse(file.metadata.unreadable!) as UnreadableImage[];
      const now = new Date();
      await utimes(path, now, now);
      return { rows, columns, values, unreadable };
    } finally {
      await file.close();
    }
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (isMissing || error instanceof SafetensorsError) return undefined;
    throw error;
  }
}
