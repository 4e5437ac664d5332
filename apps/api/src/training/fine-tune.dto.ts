import { recipeSchema } from '@coatrack/training';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { datasetNameSchema } from '../datasets/dataset.dto';
import { metricsSchema, modelNameSchema, share } from '../registry/models/model.dto';
import { headStarts } from './fine-tune-job';
import { lifecycleExample, lifecycleSchema, versionReferenceSchema } from '../jobs/lifecycle.dto';

export const createFineTuneSchema = z.strictObject({
  type: z.literal('fine-tune'),
  architecture: z
    .string()
    .optional()
    .describe('Start from fresh weights of this architecture. Either this or `model`.'),
  model: z
    .string()
    .optional()
    .describe(
      'Start from a version of a model: `name` (its latest), `name:3` or `name@alias`. ' +
        'Either this or `architecture`.',
    ),
  dataset: datasetNameSchema.describe('Id or name of the dataset'),
  name: modelNameSchema.describe('The model that the job makes, or makes a new version of'),
  /** Parsed by itself: its defaults depend on what is trained. */
  recipe: z.unknown().optional(),
});

/** As documented: the recipe in full. */
export class CreateFineTune extends createZodDto(
  createFineTuneSchema
    .extend({
      recipe: recipeSchema
        .optional()
        .describe(
          'Every field may be left out. imageSize, learningRate, weightDecay, epsilon and emaDecay ' +
            'then follow the architecture, the optimizer and whether training starts from a model.',
        ),
    })
    .meta({
      example: {
        type: 'fine-tune',
        architecture: 'efficientnetv2_b0',
        dataset: 'pets',
        name: 'pets-b0',
        recipe: { epochs: 5, imageSize: 64, batchSize: 32 },
      },
    }),
) {}

const epochRowSchema = z.object({
  epoch: z.int(),
  step: z.int(),
  trainLoss: z.number(),
  trainTop1: share,
  validationLoss: z.number(),
  top1: share,
  top5: share,
  imagesPerSecond: z.number(),
});

const fineTuneJobSchema = lifecycleSchema
  .extend({
    type: z.literal('fine-tune'),
    architecture: z.string(),
    parent: versionReferenceSchema.nullable().describe('The version whose weights it starts from'),
    dataset: z.object({ id: z.uuid(), name: z.string() }),
    recipe: recipeSchema.describe('Complete: the defaults are filled in'),
    epoch: z.int().describe('Finished epochs'),
    epochs: z.int(),
    step: z.int().describe('Finished steps'),
    steps: z.int().describe('Of the whole training; 0 until it has started'),
    imagesPerSecond: z.number().nullable(),
    metrics: metricsSchema.nullable().describe('Of the finished model on the validation pictures'),
    history: z.array(epochRowSchema),
    engine: z.string().nullable(),
    head: z
      .enum(headStarts)
      .nullable()
      .describe(
        "Where the classifier head starts from: the parent's, or anew, as the dataset's labels are not the parent's in the same " +
          'order or it has no parent. Null until the training has started.',
      ),
    result: versionReferenceSchema.nullable().describe('The version that it made'),
  })
  .meta({
    example: {
      ...lifecycleExample,
      type: 'fine-tune',
      name: 'pets-b0',
      architecture: 'efficientnetv2_b0',
      parent: null,
      dataset: { id: '0b9ccf0e-4f5c-4a2e-8d58-0d6f0e3a9c11', name: 'pets' },
      recipe: recipeSchema.parse({ epochs: 5, imageSize: 64 }),
      epoch: 1,
      epochs: 5,
      step: 48,
      steps: 160,
      imagesPerSecond: 48.2,
      metrics: null,
      history: [
        {
          epoch: 1,
          step: 32,
          trainLoss: 1.91,
          trainTop1: 0.34,
          validationLoss: 1.62,
          top1: 0.46,
          top5: 0.92,
          imagesPerSecond: 47.9,
        },
      ],
      engine: 'TensorFlow.js WebAssembly, 2 threads',
      head: 'new',
      result: null,
    },
  });

export class FineTuneJob extends createZodDto(fineTuneJobSchema) {}

export class FineTuneJobSummary extends createZodDto(
  fineTuneJobSchema.omit({ recipe: true, history: true }).extend({
    top1: share
      .nullable()
      .describe('On the validation pictures, after the last finished epoch so far'),
  }),
) {}
