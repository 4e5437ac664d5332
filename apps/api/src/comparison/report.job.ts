import { datasetSplits } from '@coatrack/training';
import { z } from 'zod';
import { datasetNameSchema } from '../datasets/dataset.dto';
import { DatasetsService, findDataset } from '../datasets/datasets.service';
import type { Job } from '../jobs/job-record';
import { asks, type JobDefinition } from '../jobs/job-definition';
import { type PhasedShape, type PhasedStatus, phasedWork, showsPhase } from '../jobs/phased-work';
import type { ProblemDetail } from '../platform/errors/domain-error';
import { invalidRequest, problemsOf } from '../platform/errors/invalid-request';
import { share } from '../registry/catalogue/catalogue.dto';
import { versionReferenceSchema } from '../registry/models/model.dto';
import { findVersion, ModelRegistry } from '../registry/models/model-registry';

/** Maximum numbers of rows in a result. */
export const mostRows = { suspects: 500, outliers: 200, duplicates: 500 };

const similaritySchema = z
  .number()
  .min(0.5)
  .max(1)
  .describe('Minimum cosine of the features of two images for them to count as near duplicates');

const createReportSchema = z
  .strictObject({
    type: z.literal('report'),
    model: z
      .string()
      .describe(
        'The version whose features are used: `name` (its latest), `name:3` or `name@alias`. Its labels need not be those of ' +
          'the dataset. A version that was trained on these images has also learned their wrong labels.',
      ),
    dataset: datasetNameSchema.describe('Id or name of the dataset'),
    similarity: similaritySchema.default(0.9),
    batchSize: z.int().min(1).max(256).default(32).describe('Images per batch'),
  })
  .meta({ example: { type: 'report', model: 'b0', dataset: 'pets' } });

const requestFields = {
  version: versionReferenceSchema.describe('The version whose features are used'),
  dataset: z.object({ id: z.uuid(), name: z.string() }),
  similarity: similaritySchema,
  batchSize: z.int(),
};

const imageSchema = z.object({
  index: z.int().describe('Index in the dataset'),
  name: z.string(),
  class: z.string(),
  split: z.enum(datasetSplits).nullable(),
});

const figuresSchema = z.object({
  images: z.int().describe('Number of examined images'),
  skipped: z.int().describe('Number of images that could not be read'),
  top1: share.describe(
    'Top-1 accuracy of a linear classifier of the features on each image when fitted to all others',
  ),
  loss: z.number().describe('Mean cross-entropy of that classifier, in nats'),
  seen: z
    .boolean()
    .describe('Whether the version was trained on this dataset, which hides wrong labels'),
  suspectCount: z.int().describe('Number of probable label errors, including unlisted ones'),
  duplicateCount: z.int().describe('Number of pairs of near duplicates, including unlisted ones'),
  seconds: z.number(),
});

const resultSchema = figuresSchema.extend({
  suspects: z
    .array(
      z.object({
        image: imageSchema,
        suggested: z.string().describe('Its probable class'),
        own: share.describe('Predicted probability of its label'),
        other: share.describe('Predicted probability of the suggested class'),
      }),
    )
    .describe(
      `Probable label errors by confident learning, arXiv:1911.00068, up to ${mostRows.suspects}, the most suspect first`,
    ),
  outliers: z
    .array(
      z.object({
        image: imageSchema,
        nearness: z.number().describe('Mean cosine of its features with the five nearest images'),
      }),
    )
    .describe(`The ${mostRows.outliers} images that are least similar to any others`),
  duplicates: z
    .array(
      z.object({
        a: imageSchema,
        b: imageSchema,
        similarity: z.number().describe('Cosine of their features'),
        sameBytes: z.boolean().describe('Whether both are the same file'),
      }),
    )
    .describe(
      `Pairs of near duplicates, even across splits, up to ${mostRows.duplicates}, the most similar first`,
    ),
});

type ReportRequest = z.output<z.ZodObject<typeof requestFields>>;
export type ReportResult = z.output<typeof resultSchema>;
export type ReportedImage = z.output<typeof imageSchema>;
export type ReportShape = PhasedShape<ReportRequest, ReportResult>;
export type ReportJob = Job<ReportShape>;

/** Looks for wrong labels, outliers and near duplicates in a dataset. */
export const reportJob: JobDefinition<'report', ReportRequest, PhasedStatus, ReportResult> = {
  ...phasedWork,
  type: 'report',
  noun: 'report',
  deathAdvice: `${phasedWork.deathAdvice} A smaller batchSize needs less.`,
  ask: asks(
    createReportSchema,
    [DatasetsService, ModelRegistry],
    async (fields, datasets, registry) => {
      const shape = createReportSchema.safeParse(fields);
      const problems: ProblemDetail[] = shape.success ? [] : problemsOf(shape.error);
      const version = await findVersion(fields.model, registry, problems);
      if (version?.format === 'onnx') {
        const message = 'is an ONNX model, whose features are not available';
        problems.push({ where: 'model', message });
      }
      const dataset = await findDataset(fields.dataset, datasets, problems);
      if (!shape.success || !version || !dataset || problems.length > 0) {
        throw invalidRequest(problems);
      }
      return {
        name: version.model,
        request: {
          version: { model: version.model, version: version.version },
          dataset: { id: dataset.id, name: dataset.name },
          similarity: shape.data.similarity,
          batchSize: shape.data.batchSize,
        },
      };
    },
  ),
  needs: ({ version, dataset }) => [version, { dataset: dataset.id }],
  result: resultSchema,
  view: showsPhase(requestFields),
  summary: showsPhase(requestFields, { figures: figuresSchema }),
  bulk: { result: { omit: ['suspects', 'outliers', 'duplicates'] } },
  work: async () => (await import('./report.js')).Report,
};
