import { presetNames, recipeSchema } from '@coatrack/training';
import { z } from 'zod';
import { DatasetsService } from '../datasets/datasets.service';
import { asks, deathLimit, type JobDefinition, shows } from '../jobs/job-definition';
import type { VersionReference } from '../registry/models/model';
import { trainedMetricsSchema, versionReferenceSchema } from '../registry/models/model.dto';
import { share } from '../registry/catalogue/catalogue.dto';
import { ModelRegistry } from '../registry/models/model-registry';
import { documentedFineTune, readFineTune } from './recipe-reader';
import {
  epochRowFields,
  headStarts,
  trainingEvents,
  type FineTuneRequest,
  type FineTuneJob,
  type TrainingStatus,
} from './training-progress';

/** Share of the available memory above which an estimate means that memory may run out. */
const shortShare = 0.5;

const summaryFields = {
  architecture: z.string(),
  parent: versionReferenceSchema.nullable().describe('The version whose weights it starts from'),
  dataset: z.object({ id: z.uuid(), name: z.string() }),
  epoch: z.int().describe('Finished epochs'),
  epochs: z.int().describe('Number of epochs of the whole training'),
  step: z.int().describe('Finished steps'),
  steps: z.int().describe('Number of steps of the whole training; 0 until it has started'),
  imagesPerSecond: z.number().nullable(),
  metrics: trainedMetricsSchema
    .nullable()
    .describe('Metrics of the finished model on the validation images'),
  engine: z.string().nullable(),
  preset: z
    .object({
      name: z.enum(presetNames),
      reason: z.string().nullable().describe('Why auto chose it; null where it was named'),
    })
    .nullable()
    .describe('What filled the recipe'),
  head: z
    .enum(headStarts)
    .nullable()
    .describe(
      "Where the classifier head starts from: the parent's, a linear probe of the parent's features, or anew, as the dataset's " +
        "labels are not the parent's in the same order or it has no parent. Null until the training has started.",
    ),
};

const shownInBoth = ({ request, status }: FineTuneJob) => ({
  architecture: request.architecture,
  parent: request.parent,
  dataset: request.dataset,
  epoch: status.epoch,
  epochs: status.epochs ?? request.recipe.epochs,
  step: status.step,
  steps: status.steps,
  imagesPerSecond: status.imagesPerSecond,
  metrics: status.metrics,
  engine: status.engine,
  preset: request.preset ?? null,
  head: status.head ?? null,
});

const example = {
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
  preset: null,
  head: 'new',
};

/** Trains a classifier on a dataset and stores it as a model version. */
export const fineTuneJob: JobDefinition<
  'fine-tune',
  FineTuneRequest,
  TrainingStatus,
  VersionReference
> = {
  type: 'fine-tune',
  noun: 'training',
  deathAdvice:
    'before an epoch was finished, most likely for lack of memory. ' +
    'A smaller batchSize or imageSize needs less.',
  ask: asks(documentedFineTune, [DatasetsService, ModelRegistry], readFineTune),
  needs: ({ dataset, parent }) => [{ dataset: dataset.id }, ...(parent ? [parent] : [])],
  initialStatus: {
    epoch: 0,
    step: 0,
    steps: 0,
    imagesPerSecond: null,
    engine: null,
    head: null,
    history: [],
    checkpoint: null,
    metrics: null,
  },
  // A resumed run repeats the epochs after its checkpoint, so their rows are dropped.
  resume(status) {
    const { checkpoint } = status;
    const { epoch, step } = checkpoint ?? { epoch: 0, step: 0 };
    const history = status.history.filter((row) => row.epoch <= epoch);
    return {
      status: { ...status, epoch, step, history },
      ...(checkpoint ? { resumedFromEpoch: epoch } : {}),
    };
  },
  // If memory is short and the worker died before the first step, the next one would die as well.
  deathLimit({ step, checkpoint, memory }) {
    const short = memory !== undefined && memory.needed > shortShare * memory.available;
    return short && step <= (checkpoint?.step ?? 0) ? 2 : deathLimit;
  },
  checkpointBlob: ({ checkpoint }) => checkpoint?.blob ?? null,
  settle: (status) => ({ ...status, checkpoint: null }),
  result: versionReferenceSchema.describe('The version that it created'),
  view: shows(
    {
      ...summaryFields,
      recipe: recipeSchema.describe('The complete recipe, including defaults'),
      history: z.array(z.object(epochRowFields)),
    },
    (job: FineTuneJob) => ({
      ...shownInBoth(job),
      recipe: job.request.recipe,
      history: job.status.history,
    }),
    example,
  ),
  summary: shows(
    {
      ...summaryFields,
      top1: share
        .nullable()
        .describe('Metrics on the validation images after the latest finished epoch'),
    },
    (job: FineTuneJob) => ({
      ...shownInBoth(job),
      top1: job.status.metrics?.top1 ?? job.status.history.at(-1)?.top1 ?? null,
    }),
  ),
  bulk: { status: { last: 'history' } },
  events: trainingEvents,
  work: async () => (await import('./fine-tune.js')).FineTune,
};
