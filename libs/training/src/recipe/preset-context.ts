import type { Architecture } from '@coatrack/models';
import type { RecipeInput } from './recipe';

/** What a preset's values depend on. */
export interface PresetContext {
  architecture: Pick<Architecture, 'name' | 'title' | 'family' | 'trainImageSize'>;
  /** Whether training starts from weights of an earlier one. */
  pretrained: boolean;
  /** Images of the dataset. */
  images: number;
  classes: number;
  /** What the request itself says; goes over the preset's values. */
  given: Partial<RecipeInput>;
}
