import type { PictureSet } from '@coatrack/training';
import { open } from 'node:fs/promises';
import { DatasetRepository } from './dataset-repository';
import type { BlobStore } from '../platform/blobs/blob-store';
import type { DatasetRecord } from './dataset';

/** A dataset's images to train on; holds its file open until closed. */
export interface OpenImageSet extends PictureSet {
  close(): Promise<void>;
}

export async function openImageSet(
  dataset: DatasetRecord,
  store: DatasetRepository,
  blobs: BlobStore,
): Promise<OpenImageSet> {
  const rows = await store.pictures(dataset.id, { limit: dataset.pictures, offset: 0 });
  const file = await open(await blobs.path(dataset.blob));
  return {
    classes: dataset.classes.map(({ name }) => name),
    labels: rows.map((row) => row.class),
    splits: rows.map((row) => row.split),
    copyOf: rows.map((row) => row.copyOf),
    async read(index) {
      const { byteOffset, byteLength } = rows[index]!;
      const bytes = Buffer.allocUnsafe(byteLength);
      const { bytesRead } = await file.read(bytes, 0, byteLength, byteOffset);
      if (bytesRead !== byteLength) throw new Error(`Picture ${index} of the dataset is cut off.`);
      return bytes;
    },
    close: () => file.close(),
  };
}
