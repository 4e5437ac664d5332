import type { CreateJob } from '@/api/types';

/** Something that fills a recipe. */
export type Preset = NonNullable<Extract<CreateJob, { type: 'fine-tune' }>['preset']>;

export const presetTitles: Record<Preset, string> = {
  auto: 'Automatic: by your images and the start',
  'linear-probe': 'Linear probe: a first model in minutes',
  'fine-tune': 'Fine-tune: all weights, carefully',
  progressive: 'Progressive: small images first',
  'from-scratch': 'From scratch: long, with strong augmentation',
  'papers/efficientnetv2': 'EfficientNetV2, as in its paper',
  'automl/efficientnetv2': 'EfficientNetV2, as in its released code',
  'papers/coatnet': 'CoAtNet, as in its paper',
};
