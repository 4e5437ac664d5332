import { type Architecture, findArchitecture } from '@coatrack/models';
import { type Recipe, recipeDefaults, recipeSchema } from '@coatrack/training';
import type { ProblemDetail } from '../platform/errors/domain-error';
import { invalidRequest, problemsOf } from '../platform/errors/invalid-request';
import { imageSizeProblem } from '../registry/import/checked-architecture';
import {
  architectureOrProblem,
  findVersion,
  type JobLookups,
  orProblem,
} from '../jobs/job-lookups';
import type { Fields } from '../jobs/job-request';
import type { NewJob } from '../jobs/job-types';
import { createFineTuneSchema } from './fine-tune.dto';
import type { FineTuneRequest } from './fine-tune-job';

type Start = Pick<FineTuneRequest, 'parent'> & { architecture: Architecture };

const batchOfOne =
  'must be at least 2 where all weights are trained: batch norms take their statistics from the images of a step. ' +
  'With trainable: "head" it may be 1';

/** @throws DomainError INVALID_REQUEST naming every problem */
export async function readFineTune(
  fields: Fields,
  lookups: JobLookups,
): Promise<NewJob<'fine-tune'>> {
  const shape = createFineTuneSchema.safeParse(fields);
  const problems: ProblemDetail[] = shape.success ? [] : problemsOf(shape.error);
  const start = await readStart(fields, lookups, problems);
  const dataset = await readDataset(fields, lookups, problems);
  const recipe = readRecipe(fields, start, problems);
  if (!shape.success || !start || !dataset || !recipe || problems.length > 0) {
    throw invalidRequest(problems);
  }
  return {
    type: 'fine-tune',
    name: shape.data.name,
    request: {
      architecture: start.architecture.name,
      parent: start.parent,
      dataset: { id: dataset.id, name: dataset.name },
      recipe,
    },
  };
}

async function readStart(
  { architecture, model }: Fields,
  lookups: JobLookups,
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
  const parent = await readParent(model, lookups, problems);
  if (both) return undefined;
  return fresh ? { architecture: fresh, parent: null } : parent;
}

async function readParent(
  model: unknown,
  lookups: JobLookups,
  problems: ProblemDetail[],
): Promise<Start | undefined> {
  const version = await findVersion(model, lookups, problems);
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

async function readDataset(
  { dataset }: Fields,
  lookups: JobLookups,
  problems: ProblemDetail[],
): Promise<FineTuneRequest['dataset'] | undefined> {
  const reference = createFineTuneSchema.shape.dataset.safeParse(dataset);
  if (!reference.success) return undefined;
  return orProblem('dataset', problems, () => lookups.findDataset(reference.data));
}

function readRecipe(
  { recipe = {} }: Fields,
  start: Start | undefined,
  problems: ProblemDetail[],
): Recipe | undefined {
  if (typeof recipe !== 'object' || recipe === null || Array.isArray(recipe)) {
    problems.push({ where: 'recipe', message: 'must be an object' });
    return undefined;
  }
  const complete = { ...(start ? defaultsFor(start, recipe) : {}), ...recipe };
  const parsed = recipeSchema.safeParse(complete);
  if (!parsed.success) problems.push(...problemsOf(parsed.error, ['recipe']));
  if (parsed.data?.batchSize === 1 && parsed.data.trainable === 'all') {
    problems.push({ where: 'recipe.batchSize', message: batchOfOne });
  }
  const { imageSize } = complete as { imageSize?: unknown };
  if (start && typeof imageSize === 'number') {
    checkSize(start.architecture, imageSize, problems);
  }
  return parsed.data;
}

function defaultsFor({ architecture, parent }: Start, recipe: object): Partial<Recipe> {
  const { optimizer, epochs } = recipe as Partial<Recipe>;
  return {
    ...recipeDefaults(architecture, {
      pretrained: parent !== null,
      // A wrong one is told by the recipe's own check.
      optimizer: recipeSchema.shape.optimizer.catch('adamw').parse(optimizer),
    }),
    // The usual warm-up of an epoch does not fit into a training of one.
    ...(epochs === 1 ? { warmupEpochs: 0 } : {}),
  };
}

function checkSize(architecture: Architecture, imageSize: number, problems: ProblemDetail[]): void {
  const where = 'recipe.imageSize';
  const message = imageSizeProblem(architecture, imageSize);
  if (message !== undefined && !problems.some((problem) => problem.where === where)) {
    problems.push({ where, message });
  }
}
