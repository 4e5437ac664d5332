import type { Engine } from '@coatrack/kernels';
import { findArchitecture } from '@coatrack/models';
import {
  type Batch,
  type Confusion,
  evaluate,
  evaluationView,
  ImageLoader,
  inBatches,
  type ImageSet,
  relabelled,
  requireInferenceMemory,
} from '@coatrack/training';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { datasetNameSchema } from '../datasets/dataset.dto';
import { DatasetsService, findDataset } from '../datasets/datasets.service';
import type { Job } from '../jobs/job-record';
import { asks, type JobDefinition } from '../jobs/job-definition';
import { ENGINE, JobWork, type Run } from '../jobs/job-work';
import {
  type PhasedShape,
  type PhasedStatus,
  phasedWork,
  progressReporter,
  showsPhase,
} from '../jobs/phased-work';
import { availableMemory } from '../platform/available-memory';
import { BlobStore } from '../platform/blobs/blob-store';
import type { ProblemDetail } from '../platform/errors/domain-error';
import { invalidRequest, problemsOf } from '../platform/errors/invalid-request';
import type { VersionRecord } from '../registry/models/model';
import { share } from '../registry/catalogue/catalogue.dto';
import {
  labelIndexSchema,
  metricsSchema,
  versionReferenceSchema,
} from '../registry/models/model.dto';
import { findVersion, ModelRegistry } from '../registry/models/model-registry';
import {
  chosenSplit,
  evaluatedSplitSchema,
  indicesOfSplit,
  labelProblems,
} from './evaluated-images';
import { openVersion } from './version-network';

/** Maximum numbers of rows in a result: it keeps the classes with the lowest recall and the most frequent pairs. */
const mostRows = { classes: 1000, confusion: 2000 };

const createEvaluateSchema = z
  .strictObject({
    type: z.literal('evaluate'),
    model: z.string().describe('The version: `name` (its latest), `name:3` or `name@alias`'),
    dataset: datasetNameSchema.describe(
      'Id or name of the dataset; its classes are matched by name',
    ),
    split: evaluatedSplitSchema.optional(),
    batchSize: z.int().min(1).max(256).default(32).describe('Images per batch'),
  })
  .meta({ example: { type: 'evaluate', model: 'pets@production', dataset: 'pets' } });

const requestFields = {
  version: versionReferenceSchema.describe('The version that is evaluated'),
  dataset: z.object({ id: z.uuid(), name: z.string() }),
  split: evaluatedSplitSchema,
  batchSize: z.int(),
};

const figuresSchema = metricsSchema.extend({
  images: z.int().describe('Number of evaluated images'),
  skipped: z.int().describe('Number of images that could not be read'),
  seconds: z.number(),
});
const resultSchema = figuresSchema.extend({
  classes: z
    .array(
      z.object({
        class: labelIndexSchema,
        label: z.string(),
        images: z.int(),
        correct: z.int(),
        predicted: z.int().describe('Number of images that were classified as it'),
        recall: share.nullable().describe('Top-1 accuracy on its images; null if it has none'),
        precision: share.nullable().describe('Null if no image was classified as it'),
      }),
    )
    .describe(
      `In the order of the labels; at most ${mostRows.classes}, those with the lowest recall`,
    ),
  confusion: z
    .array(z.object({ actual: labelIndexSchema, predicted: labelIndexSchema, count: z.int() }))
    .describe(
      `Pairs of classes that occurred, up to ${mostRows.confusion}, the most frequent first`,
    ),
});

type EvaluateRequest = z.output<z.ZodObject<typeof requestFields>>;
type EvaluateResult = z.output<typeof resultSchema>;
type EvaluateShape = PhasedShape<EvaluateRequest, EvaluateResult>;
type EvaluateJob = Job<EvaluateShape>;

/** Measures the accuracy of a version on a dataset. */
export const evaluateJob: JobDefinition<'evaluate', EvaluateRequest, PhasedStatus, EvaluateResult> =
  {
    ...phasedWork,
    type: 'evaluate',
    noun: 'evaluation',
    deathAdvice: `${phasedWork.deathAdvice} A smaller batchSize needs less.`,
    ask: asks(
      createEvaluateSchema,
      [DatasetsService, ModelRegistry],
      async (fields, datasets, registry) => {
        const shape = createEvaluateSchema.safeParse(fields);
        const problems: ProblemDetail[] = shape.success ? [] : problemsOf(shape.error);
        const version = await findVersion(fields.model, registry, problems);
        const dataset = await findDataset(fields.dataset, datasets, problems);
        if (version && dataset) problems.push(...labelProblems(version, dataset));
        const split =
          version && dataset && chosenSplit(shape.data?.split, version, dataset, problems);
        if (!shape.success || !version || !dataset || !split || problems.length > 0) {
          throw invalidRequest(problems);
        }
        return {
          name: version.model,
          request: {
            version: { model: version.model, version: version.version },
            dataset: { id: dataset.id, name: dataset.name },
            split,
            batchSize: shape.data.batchSize,
          },
        };
      },
    ),
    needs: ({ version, dataset }) => [version, { dataset: dataset.id }],
    result: resultSchema,
    view: showsPhase(requestFields),
    summary: showsPhase(requestFields, { figures: figuresSchema }),
    bulk: { result: { omit: ['classes', 'confusion'] } },
    work: async () => Evaluate,
  };

/** Thrown when the version cannot be evaluated. */
class EvaluationError extends Error {
  readonly code = 'EVALUATION_IMPOSSIBLE';
}

/** Runs a version on images as it would be served and compares its answers with their classes. */
@Injectable()
export class Evaluate extends JobWork<EvaluateShape> {
  constructor(
    private readonly datasets: DatasetsService,
    private readonly registry: ModelRegistry,
    private readonly blobStore: BlobStore,
    @Inject(ENGINE) private readonly engine: Engine,
  ) {
    super();
  }

  describe({ request: { version, dataset, split } }: EvaluateJob): string {
    return `evaluates ${version.model}:${version.version} on ${dataset.name}, ${split}`;
  }

  async perform(run: Run<EvaluateShape>): Promise<void> {
    const { version: which, dataset, split, batchSize } = run.job.request;
    const { version, images } = await run.read(async () => ({
      version: await this.registry.resolve(which.model, which),
      images: await this.datasets.openImages(dataset.id),
    }));
    try {
      const result = await this.evaluate(run, version, {
        images: relabelled(images, version.labels),
        batches: [...inBatches(indicesOfSplit(images, split, version), batchSize)],
      });
      await run.finish(async () => ({ result }));
    } finally {
      await images.close();
    }
  }

  private async evaluate(
    run: Run<EvaluateShape>,
    version: VersionRecord,
    { images, batches }: { images: ImageSet; batches: number[][] },
  ): Promise<EvaluateResult> {
    const { preprocessing, labels } = version;
    if (this.engine.device === 'cpu') {
      const architecture = findArchitecture(version.architecture);
      const { imageSize } = preprocessing;
      const { batchSize } = run.job.request;
      const planned = { architecture, classes: labels.length, imageSize, batchSize };
      requireInferenceMemory(planned, await availableMemory());
    }
    const started = performance.now();
    let skipped = 0;
    const loader = new ImageLoader(images, preprocessing, {
      cacheBytes: 0,
      onUnreadable: () => skipped++,
    });
    const network = await openVersion(version, this.blobStore);
    try {
      const loaded = reported(run, loader.batches(batches, evaluationView), batches);
      const predictor = { classes: labels.length, run: network.run };
      const { confusion, ...metrics } = await evaluate(predictor, loaded, run.signal);
      const images = batches.flat().length - skipped;
      if (images === 0) throw new EvaluationError('None of the images can be read.');
      if (!Number.isFinite(metrics.loss)) {
        throw new EvaluationError('The outputs of the network are not finite.');
      }
      const seconds = (performance.now() - started) / 1000;
      return { ...metrics, images, skipped, seconds, ...rowsOf(confusion, labels) };
    } finally {
      await network.close();
      await loader.close();
    }
  }
}

/** Reports progress and skips batches of which no image could be read. */
async function* reported(
  run: Run<EvaluateShape>,
  loaded: AsyncIterable<Batch>,
  batches: number[][],
): AsyncGenerator<Batch> {
  const report = progressReporter(run);
  const total = batches.flat().length;
  let done = 0;
  for await (const batch of loaded) {
    await report({ phase: 'Evaluating', done, total, unit: 'images', progress: done / total });
    if (batch.labels.length > 0) yield batch;
    done += batches[0]!.length;
  }
}

function rowsOf(
  confusion: Confusion,
  labels: readonly string[],
): Pick<EvaluateResult, 'classes' | 'confusion'> {
  const classes = confusion.byClass().map((row) => ({ ...row, label: labels[row.class]! }));
  const worst = classes.toSorted((a, b) => (a.recall ?? 2) - (b.recall ?? 2));
  const kept = new Set(worst.slice(0, mostRows.classes));
  const pairs = [...confusion.entries()].sort((a, b) => b.count - a.count);
  return {
    classes: classes.filter((row) => kept.has(row)),
    confusion: pairs.slice(0, mostRows.confusion),
  };
}
