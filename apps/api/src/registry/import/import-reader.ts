import { findCheckpoint } from '@coatrack/models';
import type { ProblemDetail } from '../../platform/errors/domain-error';
import { invalidRequest, problemsOf } from '../../platform/errors/invalid-request';
import { modelNameSchema } from '../models/model.dto';
import { architectureOrProblem } from '../../jobs/job-lookups';
import type { NewJob } from '../../jobs/job-types';
import { type CreateImport, createImportSchema } from './import.dto';
import type { ImportOrigin } from './import-job';

/**
 * Checks everything that a request to import says before it answers.
 * @throws DomainError INVALID_REQUEST naming every problem
 */
export function readImport(model: string, body: unknown): NewJob<'import'> {
  const name = modelNameSchema.safeParse(model);
  const shape = createImportSchema.safeParse(body);
  const problems: ProblemDetail[] = [
    ...(name.success ? [] : problemsOf(name.error, ['model'])),
    ...(shape.success ? [] : problemsOf(shape.error)),
  ];
  if (!shape.success) throw invalidRequest(problems);
  const asked = shape.data;
  const origin = readOrigin(asked, problems);
  if (asked.architecture !== undefined) architectureOrProblem(asked.architecture, problems);
  if (asked.replaceHead && !asked.labels) {
    problems.push({ where: 'labels', message: 'are missing: a new classifier needs its classes' });
  }
  if (!origin || problems.length > 0) throw invalidRequest(problems);
  return {
    type: 'import',
    name: model,
    request: {
      ...origin,
      architecture: asked.architecture ?? null,
      labels: asked.labels ?? null,
      replaceHead: asked.replaceHead ?? false,
      licence: asked.licence ?? null,
      intendedUse: asked.intendedUse ?? null,
      description: asked.description ?? null,
    },
  };
}

function readOrigin(
  { hub, revision, checkpoint, architecture }: CreateImport,
  problems: ProblemDetail[],
): ImportOrigin | undefined {
  if ((hub === undefined) === (checkpoint === undefined)) {
    const message = 'give either a repository of the Hub or the name of a checkpoint';
    problems.push({ where: 'hub', message });
    return undefined;
  }
  if (hub !== undefined) return { hub, revision: revision ?? 'main', checkpoint: null };
  if (revision !== undefined) {
    problems.push({ where: 'revision', message: 'is of a repository of the Hub alone' });
  }
  if (architecture !== undefined) {
    problems.push({ where: 'architecture', message: "is the checkpoint's: leave it out" });
  }
  if (!findCheckpoint(checkpoint!)) {
    const message = `there is no checkpoint "${checkpoint}": GET checkpoints lists them all`;
    problems.push({ where: 'checkpoint', message });
  }
  return { hub: null, checkpoint: checkpoint! };
}
