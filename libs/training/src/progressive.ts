import type { Architecture } from '@coatrack/models';
import type { Recipe } from './recipe/recipe';

/** Settings of a stage of progressive learning. */
export interface Stage {
  /** 1-based */
  stage: number;
  /** side of the images, in pixels */
  imageSize: number;
  /** magnitude of RandAugment */
  magnitude: number;
  /** alpha of mixup */
  mixup: number;
  /** alpha of cutmix */
  cutmix: number;
  /** dropout before the head */
  dropRate: number;
}

/** Epochs from a training's plan. */
interface Epochs {
  epochs: number;
  headEpochs: number;
}

type ImageSizes = Architecture['imageSizes'];

/**
 * Returns a recipe's stages. Image size and regularization rise evenly from the recipe's first values to its final ones.
 * EfficientNetV2, arXiv:2104.00298, algorithm 1.
 * @param imageSizes sizes that the architecture supports; each stage uses the nearest one
 */
export function stagesOf(recipe: Recipe, imageSizes: ImageSizes): Stage[] {
  const { stages } = recipe;
  return Array.from({ length: stages }, (_, index) => {
    const share = stages === 1 ? 1 : index / (stages - 1);
    const rising = (first: number | null, last: number) =>
      first === null ? last : first + (last - first) * share;
    return {
      stage: index + 1,
      imageSize: nearestSize(rising(recipe.firstImageSize, recipe.imageSize), imageSizes),
      magnitude: rising(recipe.firstMagnitude, recipe.augmentMagnitude),
      mixup: rising(recipe.firstMixup, recipe.mixup),
      cutmix: rising(recipe.firstCutmix, recipe.cutmix),
      dropRate: rising(recipe.firstDropRate, recipe.dropRate),
    };
  });
}

/**
 * Returns the stage of an epoch. All stages are equally long, and epochs of the head alone belong to the first.
 * @param epoch 1-based
 */
export function stageOf(
  epoch: number,
  { epochs, headEpochs }: Epochs,
  recipe: Recipe,
  imageSizes: ImageSizes,
): Stage {
  const stages = stagesOf(recipe, imageSizes);
  const done = Math.max(0, epoch - 1 - headEpochs) / (epochs - headEpochs);
  return stages[Math.floor(done * stages.length)]!;
}

function nearestSize(size: number, { minimum, multipleOf }: ImageSizes): number {
  return Math.max(minimum, Math.floor(size / multipleOf + 0.5) * multipleOf);
}
