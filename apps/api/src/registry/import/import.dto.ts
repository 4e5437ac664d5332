import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { hubRepositorySchema, hubRevisionSchema } from '../publishers/hub-name';
import { line, prose } from '../../platform/http/text';
import { labelsSchema } from '../models/model.dto';
import {
  lifecycleExample,
  lifecycleSchema,
  versionReferenceSchema,
} from '../../jobs/lifecycle.dto';
import { workSchema } from '../../jobs/work.dto';

export const createImportSchema = z
  .strictObject({
    hub: hubRepositorySchema
      .optional()
      .describe('A repository of the Hugging Face Hub. Either this or `checkpoint`.'),
    revision: hubRevisionSchema
      .optional()
      .describe('Of the repository: a branch, a tag or a commit; left out: `main`'),
    checkpoint: z
      .string()
      .max(200)
      .optional()
      .describe('A name from `GET checkpoints`. Either this or `hub`.'),
    architecture: z
      .string()
      .max(200)
      .optional()
      .describe(
        "Left out: the one that the repository's config.json names, or whose names and shapes the weights have",
      ),
    labels: labelsSchema
      .optional()
      .describe(
        "In the order of the logits, one a class; left out: the repository's, or those that are published for so many classes",
      ),
    replaceHead: z
      .boolean()
      .optional()
      .describe(
        'Start a new classifier for these labels; what the weights have for one is passed over',
      ),
    licence: line(200).optional().describe('Left out: as its publisher states it'),
    intendedUse: prose(2000).optional().describe('What the version is for'),
    description: prose(2000).optional().describe('Of the model'),
  })
  .meta({ example: { hub: 'timm/tf_efficientnetv2_s.in21k_ft_in1k' } });

export class CreateImport extends createZodDto(createImportSchema) {}

export class ImportJob extends createZodDto(
  lifecycleSchema
    .extend({
      type: z.literal('import'),
      hub: z.string().nullable().describe('The repository of the Hugging Face Hub'),
      revision: z.string().nullable(),
      checkpoint: z.string().nullable().describe('The name in the catalogue'),
      ...workSchema.shape,
      result: versionReferenceSchema.nullable().describe('The version that it made'),
    })
    .meta({
      example: {
        ...lifecycleExample,
        type: 'import',
        name: 'efficientnetv2-s',
        hub: 'timm/tf_efficientnetv2_s.in21k_ft_in1k',
        revision: 'main',
        checkpoint: null,
        phase: 'downloading',
        done: 26_214_400,
        total: 86_529_000,
        unit: 'bytes' as const,
        result: null,
      },
    }),
) {}
