import { z } from 'zod';
import { form, group, whole } from './field';

/** Settings for the images that the network sees. */
export const dataFields = group('Images', {
  imageSize: whole(32, 1024)
    .default(224)
    .describe(
      'Side of the square images that the network sees, in pixels. Without a GPU, 64 to 128 is quick.',
    )
    .meta(form({ title: 'Image size', 'x-basic': true })),
  batchSize: whole(0, 4096)
    .default(16)
    .describe(
      'Images per step. Full training needs at least 2 for its batch norms. 0: as many as fit into the memory, at most 64 and ' +
        'an eighth of the images to train with.',
    )
    .meta(form({ title: 'Batch size', 'x-basic': true })),
  flip: z
    .boolean()
    .default(true)
    .describe('Mirror training images left to right at random. Off where direction matters.')
    .meta(form({ title: 'Mirror images at random', 'x-basic': true })),
  validationFraction: z
    .number()
    .min(0.01)
    .max(0.9)
    .default(0.2)
    .describe('Share of the images held out for validation, class by class; at least one each.')
    .meta(form({ title: 'Validation fraction' })),
});
