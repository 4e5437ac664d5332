import { recipeSchema } from '@coatrack/training';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import {
  share,
  accuracySchema,
  preprocessingExample,
  preprocessingSchema,
} from '../catalogue/catalogue.dto';
import { momentSchema } from '../../platform/lists/newest-first';
import { pageQuery } from '../../platform/lists/page';
import { line, prose } from '../../platform/http/text';
import { versionFormats, type ModelRecord, type VersionRecord, type VersionSummary } from './model';

/** Names appear in URLs and in references like `flowers:3` and `flowers@production`. */
export const modelNameSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,62}$/,
    'must be 1 to 63 of a-z, 0-9, dot, underscore and hyphen, the first a letter or digit',
  );

export const versionReferenceSchema = z.object({ model: z.string(), version: z.int() });

export const labelIndexSchema = z.int().describe("Index into the version's labels");

export const metricsSchema = z.object({
  top1: share,
  top5: share,
  loss: z.number(),
});

export const trainedMetricsSchema = metricsSchema.extend({
  epochs: z
    .array(z.int())
    .optional()
    .describe('Epochs of its training that the weights come from; several are averaged'),
});

const versionExample = {
  model: 'flowers',
  version: 3,
  architecture: 'efficientnetv2_b0',
  labels: ['daisy', 'rose'],
  preprocessing: preprocessingExample,
  licence: 'Apache-2.0',
  source: null,
  intendedUse: null,
  format: 'safetensors' as const,
  sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  bytes: 23_700_000,
  parameters: 5_861_074,
  parentVersion: { model: 'efficientnetv2-b0', version: 1 },
  dataset: { id: '0b9f1c7e-3f0d-4c7a-9a44-6f8a7f0f8f11', name: 'flowers' },
  job: '5d1f8d1e-98f5-4f0c-8a0c-3f3f9c1b7f55',
  metrics: {
    top1: 0.94,
    top5: 1,
    loss: 0.21,
    epochs: [20],
  },
  recipe: null,
  accuracy: { measured: 0.94 },
  notes: [],
  createdAt: '2026-01-15T10:05:00.000Z',
};

const versionSchema = z.object({
  model: z.string(),
  version: z.int(),
  architecture: z.string(),
  labels: z.array(z.string()).describe('In the order of the logits'),
  preprocessing: preprocessingSchema,
  licence: z.string().nullable(),
  source: z.string().nullable().describe('Origin of the weights'),
  intendedUse: z.string().nullable().describe('Intended use, as stated by its author'),
  format: z.enum(versionFormats).describe('onnx: can be served, but not trained or exported'),
  sha256: z.string().describe('SHA-256 of the weights file'),
  bytes: z.int(),
  parameters: z.int(),
  parentVersion: versionReferenceSchema.nullable().describe('The version it was fine-tuned from'),
  dataset: z.object({ id: z.string(), name: z.string() }).nullable(),
  job: z.string().nullable().describe('The job that created it'),
  metrics: trainedMetricsSchema
    .nullable()
    .describe(
      'Measured on the validation images; see also `GET models/{name}/versions/{version}/confusion`',
    ),
  recipe: recipeSchema.nullable(),
  accuracy: accuracySchema,
  notes: z
    .array(z.string())
    .describe('How uploaded or imported files were read and what was ignored'),
  createdAt: z.iso.datetime(),
});

export class ModelVersion extends createZodDto(versionSchema.meta({ example: versionExample })) {}

const versionSummarySchema = versionSchema
  .omit({ labels: true, recipe: true })
  .extend({ classCount: z.int().describe('Number of labels') });

const summaryExample = versionSummarySchema.parse({ ...versionExample, classCount: 2 });

/** A version in lists. */
export class ModelVersionSummary extends createZodDto(
  versionSummarySchema.meta({ example: summaryExample }),
) {}

const modelSchema = z.object({
  name: z.string(),
  description: z.string(),
  createdAt: z.iso.datetime(),
  latestVersion: z.int().nullable(),
  aliases: z.record(z.string(), z.int()).describe('Alias to version'),
  versions: z.int().describe('Number of versions'),
});

const modelExample = {
  name: 'flowers',
  description: 'Which flower is it?',
  createdAt: '2026-01-15T09:40:00.000Z',
  latestVersion: 3,
  aliases: { production: 3 },
  versions: 1,
};

export class Model extends createZodDto(modelSchema.meta({ example: modelExample })) {}

export class ModelWithVersions extends createZodDto(
  modelSchema
    .extend({
      versionList: z
        .array(versionSummarySchema)
        .describe('The newest versions, newest first, without labels and recipes'),
      next: z
        .string()
        .nullable()
        .describe(
          'Cursor of the older versions for `GET models/{name}/versions`; null if there are none',
        ),
    })
    .meta({
      example: {
        ...modelExample,
        versionList: [summaryExample],
        next: null,
      },
    }),
) {}

export class ModelListQuery extends createZodDto(
  z.strictObject(pageQuery(momentSchema(modelNameSchema))),
) {}

export class VersionListQuery extends createZodDto(z.strictObject(pageQuery(z.int().min(1)))) {}

export const labelsSchema = z.array(line(200)).min(1, 'must name at least one class');

/** Describes uploaded weights. */
export class VersionConfig extends createZodDto(
  z
    .strictObject({
      architecture: z
        .string()
        .optional()
        .describe(
          'Default: the one that matches the names and shapes of the weights. Required for an ONNX file that was not exported here.',
        ),
      labels: labelsSchema
        .optional()
        .describe(
          'In the order of the logits, one per class; repeated ones are numbered: "crane", "crane (2)". A single output takes two, for 0 and for 1. Default: those in a file written here, or the published labels for the number of classes in the weights',
        ),
      replaceHead: z
        .boolean()
        .optional()
        .describe(
          'Start a new classifier for these labels; the classifier in the weights is ignored',
        ),
      preprocessing: preprocessingSchema
        .optional()
        .describe(
          "As in the weights' training; default: that in a file written here, or the architecture's own",
        ),
      licence: line(200).optional(),
      source: line(1000).optional(),
      intendedUse: prose(2000).optional().describe('Intended use of the version'),
      description: prose(2000).optional().describe('Description of the model'),
      accuracy: accuracySchema.omit({ measured: true }).strict().optional(),
    })
    .meta({
      example: {
        architecture: 'efficientnetv2_b0',
        labels: ['daisy', 'rose'],
        licence: 'Apache-2.0',
        source: 'https://example.org/weights',
      },
    }),
) {}

export class AliasTarget extends createZodDto(
  z.strictObject({ version: z.int().min(1).max(2_000_000_000) }).meta({ example: { version: 3 } }),
) {}

export function presentModel({ createdAt, ...model }: ModelRecord): Model {
  return { ...model, createdAt: createdAt.toISOString() };
}

export function presentVersion({
  id: _,
  trainingSeconds: __,
  ...record
}: VersionRecord): ModelVersion {
  const { blob, parent, createdAt, ...same } = record;
  return { ...same, sha256: blob, parentVersion: parent, createdAt: createdAt.toISOString() };
}

export function presentSummary({
  id: _,
  trainingSeconds: __,
  ...summary
}: VersionSummary): ModelVersionSummary {
  const { blob, parent, createdAt, ...same } = summary;
  return { ...same, sha256: blob, parentVersion: parent, createdAt: createdAt.toISOString() };
}
