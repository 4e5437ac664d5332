import { type Architecture, findArchitecture } from '@coatrack/models';
import { type Recipe, recipeDefaults, recipeSchema } from '@coatrack/training';
import { z } from 'zod';
import { datasetNameSchema } from '../datasets/dataset.dto';
import { type DatasetsService, findDataset } from '../datasets/datasets.service';
import type { Asked, Fields } from '../jobs/job-definition';
import type { ProblemDetail } from '../platform/errors/domain-error';
import { invalidRequest, problemsOf } from '../platform/errors/invalid-request';
import { architectureOrProblem, imageSizeProblem } from '../registry/import/checked-architecture';
import { modelNameSchema } from '../registry/models/model.dto';
import { findVersion, type ModelRegistry } from '../registry/models/model-registry';
import { presetSchema, readPreset } from './preset-reader';
import type { FineTuneRequest } from './training-progress';

const createFineTuneSchema = z.strictObject({
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
  name: modelNameSchema.describe('The model that the job creates or adds a version to'),
  preset: presetSchema,
  /** Parsed separately, as its defaults depend on the architecture and the start. */
  recipe: z.unknown().optional(),
});

/** The documented schema, with the complete recipe. */
export const documentedFineTune = createFineTuneSchema
  .extend({
    recipe: recipeSchema
      .optional()
      .describe(
        'Every field is optional. The defaults of imageSize, learningRate, weightDecay, epsilon and emaDecay depend on ' +
          'the architecture, the optimizer and whether training starts from a model.',
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
  });

type Start = Pick<FineTuneRequest, 'parent'> & { architecture: Architecture };

const batchOfOne =
  'must be at least 2 if all weights are trained, as batch norms compute their statistics from the images of a step. ' +
  'With trainable: "head" it may be 1';

/** A linear probe is one pass that makes a head: what a recipe says otherwise has no effect. */
const probeFields = {
  epochs: 1,
  warmupEpochs: 0,
  headEpochs: 0,
  patience: 0,
  keep: 'last',
  trainable: 'head',
} satisfies Partial<Recipe>;

const probeOfNothing =
  'must not be linear-probe with fresh weights, whose features say nothing of images: give a model to start from';

/** @throws DomainError INVALID_REQUEST naming every problem */
export async function readFineTune(
  fields: Fields,
  datasets: DatasetsService,
  registry: ModelRegistry,
): Promise<Asked<FineTuneRequest>> {
  const shape = createFineTuneSchema.safeParse(fields);
  const problems: ProblemDetail[] = shape.success ? [] : problemsOf(shape.error);
  const start = await readStart(fields, registry, problems);
  const dataset = await findDataset(fields.dataset, datasets, problems);
  const preset = start && dataset && readPreset(fields, start, dataset, problems);
  const recipe = readRecipe(fields, start, preset?.fields, problems);
  if (recipe && dataset) checkStep(recipe, dataset.images, problems);
  if (!shape.success || !start || !dataset || !recipe || problems.length > 0) {
    throw invalidRequest(problems);
  }
  return {
    name: shape.data.name,
    request: {
      architecture: start.architecture.name,
      parent: start.parent,
      dataset: { id: dataset.id, name: dataset.name },
      recipe,
      ...(preset ? { preset: { name: preset.name, reason: preset.reason } } : {}),
    },
  };
}

async function readStart(
  { architecture, model }: Fields,
  registry: ModelRegistry,
  problems: ProblemDetail[],
): Promise<Start | undefined> {
  const both = architecture !== undefined && model !== undefined;
  if (both || (architecture === undefined && model === undefined)) {
    const message = both
      ? 'give either an architecture to start fresh or a model to start from, not both'
      : 'is missing: give an architecture to start fresh or a model to start from';
    problems.push({ where: 'architecture', message });
  }
  const fresh = typeof architecture === 'string' && architectureOrProblem(architecture, problems);
  const parent = await readParent(model, registry, problems);
  if (both) return undefined;
  return fresh ? { architecture: fresh, parent: null } : parent;
}

async function readParent(
  model: unknown,
  registry: ModelRegistry,
  problems: ProblemDetail[],
): Promise<Start | undefined> {
  const version = await findVersion(model, registry, problems);
  if (version?.format === 'onnx') {
    const message = 'is an ONNX model, which can be served but not trained';
    problems.push({ where: 'model', message });
    return undefined;
  }
  return (
    version && {
      architecture: findArchitecture(version.architecture),
      parent: { model: version.model, version: version.version },
    }
  );
}

function readRecipe(
  { recipe = {} }: Fields,
  start: Start | undefined,
  preset: object | undefined,
  problems: ProblemDetail[],
): Recipe | undefined {
  if (typeof recipe !== 'object' || recipe === null || Array.isArray(recipe)) {
    problems.push({ where: 'recipe', message: 'must be an object' });
    return undefined;
  }
  const asked: Partial<Record<string, unknown>> = { ...preset, ...recipe };
  const isProbe = asked['method'] === 'linear-probe';
  const complete = {
    ...(start ? defaultsFor(start, asked) : {}),
    ...asked,
    ...(isProbe ? probeFields : {}),
  };
  const parsed = recipeSchema.safeParse(complete);
  if (!parsed.success) problems.push(...problemsOf(parsed.error, ['recipe']));
  if (parsed.data?.batchSize === 1 && parsed.data.trainable === 'all') {
    problems.push({ where: 'recipe.batchSize', message: batchOfOne });
  }
  if (start && start.parent === null && isProbe) {
    problems.push({ where: 'recipe.method', message: probeOfNothing });
  }
  const { imageSize } = complete as { imageSize?: unknown };
  if (start && typeof imageSize === 'number') {
    checkSize(start.architecture, imageSize, problems);
  }
  return parsed.data;
}

function defaultsFor({ architecture, parent }: Start, recipe: object): Partial<Recipe> {
  const { optimizer, epochs, schedule } = recipe as Partial<Recipe>;
  return {
    ...recipeDefaults(architecture, {
      pretrained: parent !== null,
      // The recipe's schema reports an invalid one.
      optimizer: recipeSchema.shape.optimizer.catch('adamw').parse(optimizer),
    }),
    // The default warm-up of one epoch does not fit into a training of one epoch, nor before a cycle with its own warm-up.
    ...(epochs === 1 || schedule === 'one-cycle' ? { warmupEpochs: 0 } : {}),
  };
}

function checkStep(
  { batchSize, accumulation }: Recipe,
  images: number,
  problems: ProblemDetail[],
): void {
  const perStep = batchSize * accumulation;
  if (accumulation === 1 || perStep <= images) return;
  const message = `makes steps of ${perStep} images, as batchSize is ${batchSize}, but the dataset has ${images}: lower one of the two`;
  problems.push({ where: 'recipe.accumulation', message });
}

function checkSize(architecture: Architecture, imageSize: number, problems: ProblemDetail[]): void {
  const where = 'recipe.imageSize';
  const message = imageSizeProblem(architecture, imageSize);
  if (message !== undefined && !problems.some((problem) => problem.where === where)) {
    problems.push({ where, message });
  }
}
