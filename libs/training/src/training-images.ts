import type { Preprocessing } from '@coatrack/models';
import { classCounts, epochOrder } from './class-balance';
import type { ImageSet } from './dataset/image-set';
import { type Split, splitDataset } from './dataset/split';
import { type Batch, evaluationView, ImageLoader, inBatches, trainingView } from './image-loader';
import { inGroups } from './ordered';
import { augmentationOf } from './recipe/augmentation';
import type { Recipe } from './recipe/recipe';

/** A dataset's images in the batches of a recipe. Every random choice comes from (seed, epoch, image). */
export class TrainingImages {
  readonly split: Split;
  /** Of the images to train with, by class. */
  readonly classCounts: number[];
  private readonly loader: ImageLoader;

  /** @throws RangeError when there is nothing to train with, or nothing to validate with */
  constructor(
    private readonly images: ImageSet,
    private readonly recipe: Recipe,
    preprocessing: Preprocessing,
    cacheBytes: number | undefined,
  ) {
    this.split = splitDataset(images, recipe);
    this.classCounts = classCounts(this.split.train, images);
    this.loader = new ImageLoader(
      images,
      { ...preprocessing, imageSize: recipe.imageSize },
      { cacheBytes },
    );
  }

  /**
   * Returns the batches of an epoch's steps.
   * @param epoch 1-based
   * @param done steps that are left out, as they have been made before
   */
  steps(epoch: number, stepsPerEpoch: number, done = 0): AsyncGenerator<Batch[]> {
    const { seed, batchSize, accumulation, mixup, cutmix } = this.recipe;
    const order = epochOrder(this.split.train, this.images.labels, this.recipe, epoch);
    const batches = [...inBatches(order, batchSize)].slice(0, stepsPerEpoch * accumulation);
    const [earlier, left] = [
      batches.slice(0, done * accumulation),
      batches.slice(done * accumulation),
    ];
    const augmentation = augmentationOf(this.recipe);
    const view = trainingView({ augmentation, seed, epoch, earlier: earlier.flat() });
    return inGroups(this.loader.batches(left, view, { mixup, cutmix, seed, epoch }), accumulation);
  }

  /** Returns the steps of one epoch after another without end. */
  async *endlessSteps(stepsPerEpoch: number): AsyncGenerator<Batch[]> {
    for (let epoch = 1; ; epoch++) yield* this.steps(epoch, stepsPerEpoch);
  }

  /** @param limit batches at most */
  validation(limit = Infinity): AsyncGenerator<Batch> {
    const batches = [...inBatches(this.split.validation, this.recipe.batchSize)];
    return this.loader.batches(batches.slice(0, limit), evaluationView);
  }

  /** Ends the threads; end what iterates over batches first. */
  close(): Promise<void> {
    return this.loader.close();
  }
}
