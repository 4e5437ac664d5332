import { datasetSplits, nameEncodings } from '@coatrack/training';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { momentSchema } from '../platform/lists/newest-first';
import { pageQuery } from '../platform/lists/page';
import { line } from '../platform/http/text';

export const datasetNameSchema = line(100);

export const nameEncodingSchema = z
  .enum(nameEncodings, `must be one of ${nameEncodings.join(', ')}`)
  .describe('Encoding of the names in an archive that does not declare it; guessed by default');

export class DatasetUploadQuery extends createZodDto(
  z.strictObject({ nameEncoding: nameEncodingSchema.optional() }),
) {}

const example = {
  id: '0b9f1c7e-3f0d-4c7a-9a44-6f8a7f0f8f11',
  name: 'flowers',
  classes: [
    { name: 'daisy', count: 120 },
    { name: 'rose', count: 98 },
  ],
  classCount: 2,
  images: 218,
  bytes: 5_431_022,
  skippedCount: 1,
  splits: null,
  createdAt: '2026-01-15T09:30:00.000Z',
};

const summarySchema = z.object({
  id: z.uuid(),
  name: z.string(),
  classes: z
    .array(z.object({ name: z.string(), count: z.int() }))
    .describe('Sorted by name; lists show only the first ten'),
  classCount: z.int(),
  images: z.int(),
  bytes: z.int().describe('Total size of the uploaded images'),
  skippedCount: z.int().describe('Number of files in the archive that were skipped'),
  splits: z
    .object({ train: z.int(), valid: z.int(), test: z.int() })
    .nullable()
    .describe(
      'Images in folders named train, valid and test; null if there were none. Training respects them: it never trains on ' +
        'test, and validates with valid, or with test if valid is empty.',
    ),
  createdAt: z.iso.datetime(),
});

export class DatasetSummary extends createZodDto(summarySchema.meta({ example })) {}

export class Dataset extends createZodDto(
  summarySchema
    .extend({
      skipped: z
        .array(z.object({ path: z.string(), reason: z.string() }))
        .describe('The first hundred skipped files, with reasons'),
      warnings: z
        .array(z.string())
        .describe('Remarks about the dataset: how names were read, duplicates, unequal classes'),
    })
    .meta({
      example: {
        ...example,
        skipped: [{ path: 'rose/broken.jpg', reason: 'The image is broken or cut off' }],
        warnings: ['1 file was left out: 1 broken or cut off.'],
      },
    }),
) {}

export class DatasetListQuery extends createZodDto(
  z.strictObject(pageQuery(momentSchema(z.uuid()))),
) {}

export class ImageQuery extends createZodDto(
  z.object({
    class: z.string().optional().describe('Only images of this class'),
    ...pageQuery(z.int().min(0), { limit: 60, maximum: 500 }),
    offset: z.coerce
      .number()
      .int()
      .min(0)
      .max(2_000_000_000)
      .default(0)
      .describe('Images to skip before the page; cannot be combined with a cursor'),
  }),
) {}

export class ImageSizeQuery extends createZodDto(
  z.object({
    size: z.coerce
      .number()
      .int()
      .min(16)
      .max(1024)
      .optional()
      .describe('Longer side of a WebP thumbnail in pixels; without it: the image as uploaded'),
  }),
) {}

export class AugmentedQuery extends createZodDto(
  z.strictObject({
    class: z.string().optional().describe('Images of this class only'),
    count: z.coerce
      .number()
      .int()
      .min(1)
      .max(36)
      .default(16)
      .describe('Maximum number of images on the sheet'),
    epoch: z.coerce
      .number()
      .int()
      .min(1)
      .max(10_000)
      .default(1)
      .describe('Epoch of the training: each augments anew'),
    recipe: z
      .string()
      .max(10_000)
      .default('{}')
      .describe(
        'Fields of a recipe as JSON, of which those about images matter: `{"imageSize": 128, "augment": "randaugment"}`. Images are ' +
          'shown in imageSize, 256 pixels at most.',
      ),
  }),
) {}

const imageSchema = z.object({
  index: z.int().describe('Counted from 0, in order of class and name'),
  class: z.string(),
  name: z.string(),
  split: z.enum(datasetSplits).nullable(),
  width: z.int().describe('Pixels, upright'),
  height: z.int().describe('Pixels, upright'),
  url: z.string(),
});

export class ImagePage extends createZodDto(
  z
    .object({
      total: z.int(),
      items: z.array(imageSchema),
      next: z
        .string()
        .nullable()
        .describe('Pass it as `cursor` to get the next page; null on the last page'),
    })
    .meta({
      example: {
        total: 98,
        next: 'MTIw',
        items: [
          {
            index: 120,
            class: 'rose',
            name: '001.jpg',
            split: null,
            width: 640,
            height: 480,
            url: '/api/v1/datasets/0b9f1c7e-3f0d-4c7a-9a44-6f8a7f0f8f11/images/120',
          },
        ],
      },
    }),
) {}
