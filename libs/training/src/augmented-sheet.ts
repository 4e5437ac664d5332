import { contactSheet, type Preprocessing } from '@coatrack/images';
import type { ImageSet } from './dataset/image-set';
import { ImageLoader, trainingView } from './image-loader';
import { augmentationOf } from './recipe/augmentation';
import type { Recipe } from './recipe/recipe';

/**
 * Shows images as a training sees them in an epoch, augmented by its recipe and mixed as one batch.
 * @param indices indices of the images in the dataset
 * @returns a WebP file
 * @throws ImageError
 */
export async function augmentedSheet(
  images: Pick<ImageSet, 'labels' | 'read' | 'classes'>,
  indices: readonly number[],
  { recipe, preprocessing, epoch }: { recipe: Recipe; preprocessing: Preprocessing; epoch: number },
): Promise<Buffer> {
  const { seed, mixup, cutmix } = recipe;
  const loader = new ImageLoader(images, preprocessing, { cacheBytes: 0 });
  try {
    const view = trainingView({ augmentation: augmentationOf(recipe), seed, epoch });
    const batches = loader.batches([indices], view, { mixup, cutmix, seed, epoch });
    const { value: batch } = await batches.next();
    return await contactSheet(batch!.images, preprocessing);
  } finally {
    await loader.close();
  }
}
