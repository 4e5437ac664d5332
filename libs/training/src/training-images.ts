import type { Preprocessing } from '@coatrack/models';
import { classCounts, epochOrder } from './class-balance';
import type { ImageSet } from './dataset/image-set';
import { type Split, splitDataset } from './dataset/split';
import { type Batch, evaluationView, ImageLoader, inBatches, trainingView } from './image-loader';
import { inGroups } from './ordered';
import type { Stage } from './progressive';
import { augmentationOf } from './recipe/augmentation';
import type { Recipe } from './recipe/recipe';

/** A dataset's images in the batches of a recipe. Every random choice depends only on (seed, epoch, image). */
export class TrainingImages {
  readonly split: Split;
  /** Number of training images per class. */
  readonly classCounts: number[];
  private readonly whole: ImageLoader;
  /** Loader for the smaller images of an earlier stage, one size at a time. */
  private smaller?: { imageSize: number; loader: ImageLoader };

  /** @throws RangeError when there is nothing to train with, or nothing to validate with */
  constructor(
    private readonly images: ImageSet,
    private readonly recipe: Recipe,
    private readonly preprocessing: Preprocessing,
    private readonly cacheBytes: number | undefined,
  ) {
    this.split = splitDataset(images, recipe);
    this.classCounts = classCounts(this.split.train, images);
    this.whole = this.loaderFor(recipe.imageSize);
  }

  /**
   * Returns the batches of an epoch's steps.
   * @param epoch 1-based
   * @param stage settings for the images
   * @param done number of steps to skip because they are already done
   */
  async *steps(
    epoch: number,
    stepsPerEpoch: number,
    { imageSize, magnitude, mixup, cutmix }: Stage,
    done = 0,
  ): AsyncGenerator<Batch[]> {
    const { seed, batchSize, accumulation } = this.recipe;
    const order = epochOrder(this.split.train, this.images.labels, this.recipe, epoch);
    const batches = [...inBatches(order, batchSize)].slice(0, stepsPerEpoch * accumulation);
    const [earlier, left] = [
      batches.slice(0, done * accumulation),
      batches.slice(done * accumulation),
    ];
    const augmentation = { ...augmentationOf(this.recipe), magnitude };
    const view = trainingView({ augmentation, seed, epoch, earlier: earlier.flat() });
    const loader = await this.loaderAt(imageSize);
    yield* inGroups(loader.batches(left, view, { mixup, cutmix, seed, epoch }), accumulation);
  }

  /** Returns the steps of one epoch after another without end. */
  async *endlessSteps(stepsPerEpoch: number, stage: Stage): AsyncGenerator<Batch[]> {
    for (let epoch = 1; ; epoch++) yield* this.steps(epoch, stepsPerEpoch, stage);
  }

  /** @param limit maximum number of batches */
  validation(limit = Infinity): AsyncGenerator<Batch> {
    const batches = [...inBatches(this.split.validation, this.recipe.batchSize)];
    return this.whole.batches(batches.slice(0, limit), evaluationView);
  }

  /** Ends the threads. End any iteration over batches first. */
  async close(): Promise<void> {
    await Promise.all([this.whole.close(), this.smaller?.loader.close()]);
  }

  /** Returns the loader for images of this size, in pixels. Closes a loader for another, smaller size. */
  private async loaderAt(imageSize: number): Promise<ImageLoader> {
    if (this.smaller?.imageSize === imageSize) return this.smaller.loader;
    await this.smaller?.loader.close();
    this.smaller = undefined;
    if (imageSize === this.recipe.imageSize) return this.whole;
    // Images are decoded only as far as their size needs, so a loader's cache is useless for another size.
    const loader = this.loaderFor(imageSize);
    this.smaller = { imageSize, loader };
    return loader;
  }

  private loaderFor(imageSize: number): ImageLoader {
    const { images, preprocessing, recipe } = this;
    // In stages, two loaders keep images at the same time.
    const cacheBytes = this.cacheBytes && this.cacheBytes / Math.min(recipe.stages, 2);
    return new ImageLoader(images, { ...preprocessing, imageSize }, { cacheBytes });
  }
}
