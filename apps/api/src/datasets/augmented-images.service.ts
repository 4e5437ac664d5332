import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { augmentedSheet, type Recipe, recipeSchema } from '@coatrack/training';
import { Injectable } from '@nestjs/common';
import { BlobStore } from '../platform/blobs/blob-store';
import { readOwned } from '../platform/blobs/blobs';
import { invalidRequest, problemsOf } from '../platform/errors/invalid-request';
import type { ImmutableBytes } from '../platform/http/send-bytes';
import { type DatasetRecord, datasetNotFound } from './dataset';
import type { AugmentedQuery } from './dataset.dto';
import { DatasetRepository } from './dataset-repository';

/** Maximum side of shown images: a sheet of the largest would take seconds and much memory. */
const largestSide = 256;

/** Preprocessing of most architectures. */
const preprocessing = {
  cropPercent: 0.875,
  interpolation: 'bicubic' as const,
  mean: [0.5, 0.5, 0.5] as const,
  std: [0.5, 0.5, 0.5] as const,
};

/** Shows a dataset's images as augmented by a recipe. */
@Injectable()
export class AugmentedImagesService {
  /** Sheets are created one after the other, as each uses its own threads. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: DatasetRepository,
    private readonly blobStore: BlobStore,
  ) {}

  /** @throws DomainError DATASET_NOT_FOUND, INVALID_REQUEST */
  async sheet(id: string, query: AugmentedQuery): Promise<ImmutableBytes> {
    const dataset = await this.byId(id);
    const recipe = readRecipe(query.recipe);
    const indices = chooseImages(dataset, query);
    const made = this.last.then(() => this.make(dataset, indices, recipe, query.epoch));
    this.last = made.catch(() => undefined);
    const bytes = await made;
    return {
      tag: createHash('sha256').update(bytes).digest('hex'),
      contentType: 'image/webp',
      bytes: bytes.length,
      open: async (range) =>
        Readable.from([range ? bytes.subarray(range.start, range.end + 1) : bytes]),
    };
  }

  private async make(
    dataset: DatasetRecord,
    indices: readonly number[],
    recipe: Recipe,
    epoch: number,
  ): Promise<Buffer> {
    const records = await Promise.all(
      indices.map(async (index) => [index, await this.store.image(dataset.id, index)] as const),
    );
    // The dataset may have been deleted meanwhile.
    const found = new Map(
      records.flatMap(([index, record]) => (record ? [[index, record] as const] : [])),
    );
    if (found.size < indices.length) throw datasetNotFound(dataset.id);
    const labels: number[] = [];
    for (const [index, record] of found) labels[index] = record.class;
    const images = {
      classes: dataset.classes.map(({ name }) => name),
      labels,
      read: (index: number) => {
        const { byteOffset, byteLength } = found.get(index)!;
        return readOwned(
          () => this.blobStore.read(dataset.blob, byteOffset, byteLength),
          () => this.byId(dataset.id),
        );
      },
    };
    const imageSize = Math.min(recipe.imageSize, largestSide);
    return augmentedSheet(images, indices, {
      recipe,
      preprocessing: { ...preprocessing, imageSize },
      epoch,
    });
  }

  private async byId(id: string): Promise<DatasetRecord> {
    const dataset = await this.store.findById(id);
    if (!dataset) throw datasetNotFound(id);
    return dataset;
  }
}

/** Chooses images evenly from the dataset or the class. */
function chooseImages(
  dataset: DatasetRecord,
  { class: className, count }: AugmentedQuery,
): number[] {
  const place = dataset.classes.findIndex(({ name }) => name === className);
  if (className !== undefined && place < 0) {
    const message = `The dataset has no class ${JSON.stringify(className)}`;
    throw invalidRequest([{ where: 'class', message }]);
  }
  const first = dataset.classes
    .slice(0, Math.max(place, 0))
    .reduce((sum, own) => sum + own.count, 0);
  const available = place < 0 ? dataset.images : dataset.classes[place]!.count;
  const shown = Math.min(count, available);
  return Array.from({ length: shown }, (_, at) => first + Math.floor((at * available) / shown));
}

function readRecipe(text: string): Recipe {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const message =
      'is not JSON: it must be an object with fields of a recipe, such as {"mixup": 0.2}';
    throw invalidRequest([{ where: 'recipe', message }]);
  }
  const parsed = recipeSchema.safeParse(value);
  if (!parsed.success) throw invalidRequest(problemsOf(parsed.error, ['recipe']));
  return parsed.data;
}
