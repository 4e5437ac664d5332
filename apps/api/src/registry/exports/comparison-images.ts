import { preprocess } from '@coatrack/images';
import sharp from 'sharp';
import type { DatasetsService } from '../../datasets/datasets.service';
import { DomainError } from '../../platform/errors/domain-error';
import type { VersionRecord } from '../models/model';
import type { ImageOrigin } from './export-record';

const comparisonImages = 4;

interface ComparisonImages {
  from: ImageOrigin;
  /** [imageSize, imageSize, 3] each, normalised. */
  pixels: Float32Array[];
}

/** Returns images of the version's dataset, spread over its classes, or seeded noise if it no longer exists. */
export async function comparisonImagesFor(
  { dataset, preprocessing }: Pick<VersionRecord, 'dataset' | 'preprocessing'>,
  datasets: DatasetsService,
): Promise<ComparisonImages> {
  const encoded = dataset ? await imagesOf(dataset.id, datasets) : [];
  const from = encoded.length > 0 ? 'dataset' : 'seeded noise';
  const images = encoded.length > 0 ? encoded : await noiseImages();
  return {
    from,
    pixels: await Promise.all(images.map((bytes) => preprocess(bytes, preprocessing))),
  };
}

async function imagesOf(dataset: string, datasets: DatasetsService): Promise<Buffer[]> {
  try {
    const images = await datasets.openImages(dataset);
    try {
      const count = images.labels.length;
      const spread = (index: number) => Math.floor((index * count) / comparisonImages);
      return await Promise.all(
        Array.from({ length: comparisonImages }, (_, index) => images.read(spread(index))),
      );
    } finally {
      await images.close();
    }
  } catch (error) {
    // Models must remain exportable after their dataset was deleted or its file was lost.
    if (error instanceof DomainError) return [];
    throw error;
  }
}

const noiseSide = 16;

/** Returns coloured blots, the same on every machine. */
function noiseImages(): Promise<Buffer[]> {
  const raw = { width: noiseSide, height: noiseSide, channels: 3 } as const;
  return Promise.all(
    Array.from({ length: comparisonImages }, (_, index) =>
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
