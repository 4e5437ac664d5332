import type { Architecture } from '@coatrack/models';
import type { RecipeInput } from './recipe';

/** Inputs that a preset's values depend on. */
export interface PresetContext {
  architecture: Pick<Architecture, 'name' | 'title' | 'family' | 'trainImageSize'>;
  /** Whether training starts from the weights of an earlier one. */
  pretrained: boolean;
  /** Number of images in the dataset. */
  images: number;
  classes: number;
  /** The request's own fields, which override the preset's values. */
  given: Partial<RecipeInput>;
}
