import { preprocess } from '@coatrack/images';
import sharp from 'sharp';
import type { DatasetsService } from '../../datasets/datasets.service';
import { DomainError } from '../../platform/errors/domain-error';
import type { VersionRecord } from '../models/model';
import type { PictureOrigin } from './export-record';

const comparisonPictures = 4;

export interface ComparisonPictures {
  from: PictureOrigin;
  /** [imageSize, imageSize, 3] each, normalised. */
  pixels: Float32Array[];
}

/** Pictures of the version's dataset, from its first to its last class; seeded ones where that is gone. */
export async function comparisonPicturesFor(
  { dataset, preprocessing }: Pick<VersionRecord, 'dataset' | 'preprocessing'>,
  datasets: DatasetsService,
): Promise<ComparisonPictures> {
  const encoded = dataset ? await picturesOf(dataset.id, datasets) : [];
  const from = encoded.length > 0 ? 'dataset' : 'seeded noise';
  const pictures = encoded.length > 0 ? encoded : await noisePictures();
  return {
    from,
    pixels: await Promise.all(pictures.map((bytes) => preprocess(bytes, preprocessing))),
  };
}

async function picturesOf(dataset: string, datasets: DatasetsService): Promise<Buffer[]> {
  try {
    const pictures = await datasets.openPictures(dataset);
    try {
      const count = pictures.labels.length;
      const spread = (index: number) => Math.floor((index * count) / comparisonPictures);
      return await Promise.all(
        Array.from({ length: comparisonPictures }, (_, index) => pictures.read(spread(index))),
      );
    } finally {
      await pictures.close();
    }
  } catch (error) {
    // Deleted since, or its file is lost: that must not keep its models from being exported.
    if (error instanceof DomainError) return [];
    throw error;
  }
}

const noiseSide = 16;

/** Coloured blots, the same everywhere. */
function noisePictures(): Promise<Buffer[]> {
  const raw = { width: noiseSide, height: noiseSide, channels: 3 } as const;
  return Promise.all(
    Array.from({ length: comparisonPictures }, (_, index) =>
      sharp(noise(noiseSide * noiseSide * 3, index + 1), { raw })
        .png()
        .toBuffer(),
    ),
  );
}

/** Marsaglia's xorshift. */
function noise(length: number, seed: number): Buffer {
  let state = Math.imul(seed, 0x9e3779b9);
  return Buffer.from(
    Array.from({ length }, () => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return state & 0xff;
    }),
  );
}
