import type { Architecture } from '@coatrack/models';
import type { Recipe } from './recipe/recipe';

/** What a stage of progressive learning trains with. */
export interface Stage {
  /** 1-based */
  stage: number;
  /** side of the images, in pixels */
  imageSize: number;
  /** of RandAugment */
  magnitude: number;
  /** alpha */
  mixup: number;
  /** alpha */
  cutmix: number;
  /** dropout before the head */
  dropRate: number;
}

/** Of a training's plan. */
interface Epochs {
  epochs: number;
  headEpochs: number;
}

type ImageSizes = Architecture['imageSizes'];

/**
 * Returns a recipe's stages: image size and regularization rise evenly from the recipe's first values to its own.
 * EfficientNetV2, arXiv:2104.00298, algorithm 1.
 * @param imageSizes which sides the architecture can look at; a stage's is the nearest of them
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
 * Returns the stage of an epoch; stages are equally long. Epochs of the head alone belong to the first one.
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
