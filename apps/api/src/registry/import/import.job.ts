import { findCheckpoint } from '@coatrack/models';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import type { Job } from '../../jobs/job-record';
import { type Asked, type JobDefinition, shows } from '../../jobs/job-definition';
import {
  phaseFields,
  type PhasedShape,
  type PhasedStatus,
  phasedWork,
} from '../../jobs/phased-work';
import type { ProblemDetail } from '../../platform/errors/domain-error';
import { invalidRequest, problemsOf } from '../../platform/errors/invalid-request';
import { line, prose } from '../../platform/http/text';
import { labelsSchema, modelNameSchema, versionReferenceSchema } from '../models/model.dto';
import { hubRepositorySchema, hubRevisionSchema } from '../publishers/hub-client';
import { architectureOrProblem } from './checked-architecture';

const createImportSchema = z
  .strictObject({
    hub: hubRepositorySchema
      .optional()
      .describe('A repository of the Hugging Face Hub. Either this or `checkpoint`.'),
    revision: hubRevisionSchema
      .optional()
      .describe('Revision of the repository: a branch, a tag or a commit; default: `main`'),
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
        "Default: the one that the repository's config.json names, or that matches the names and shapes of the weights",
      ),
    labels: labelsSchema
      .optional()
      .describe(
        "In the order of the logits, one per class; default: the repository's, or the published labels for this number of classes",
      ),
    replaceHead: z
      .boolean()
      .optional()
      .describe(
        'Start a new classifier for these labels; the classifier in the weights is ignored',
      ),
    licence: line(200).optional().describe('Default: as stated by its publisher'),
    intendedUse: prose(2000).optional().describe('Intended use of the version'),
    description: prose(2000).optional().describe('Description of the model'),
  })
  .meta({ example: { hub: 'timm/tf_efficientnetv2_s.in21k_ft_in1k' } });

export class CreateImport extends createZodDto(createImportSchema) {}

/** Origin of imported weights: a repository of the Hub, or the catalogue. */
type ImportOrigin =
  { hub: string; revision: string; checkpoint: null } | { hub: null; checkpoint: string };

export type ImportRequest = ImportOrigin & {
  /** Null means the one that the origin names. */
  architecture: string | null;
  /** Null means the origin's, or the published labels for this number of classes. */
  labels: string[] | null;
  /** Whether to start a new classifier for the labels. */
  replaceHead: boolean;
  licence: string | null;
  intendedUse: string | null;
  /** Description of the model; null keeps the existing one. */
  description: string | null;
};

const resultSchema = versionReferenceSchema.describe('The version that it created');

type ImportResult = z.output<typeof resultSchema>;
export type ImportShape = PhasedShape<ImportRequest, ImportResult>;
export type ImportJob = Job<ImportShape>;

/** Imports published weights. Another attempt only repeats the conversion, as downloads resume. */
export const importJob: JobDefinition<'import', ImportRequest, PhasedStatus, ImportResult> = {
  ...phasedWork,
  type: 'import',
  noun: 'import',
  needs: () => [],
  result: resultSchema,
  view: shows(
    {
      hub: z.string().nullable().describe('The repository of the Hugging Face Hub'),
      revision: z.string().nullable(),
      checkpoint: z.string().nullable().describe('The name in the catalogue'),
      ...phaseFields,
    },
    ({ request, status }: ImportJob) => ({
      hub: request.hub,
      revision: request.hub === null ? null : request.revision,
      checkpoint: request.checkpoint,
      ...status,
    }),
    {
      name: 'efficientnetv2-s',
      hub: 'timm/tf_efficientnetv2_s.in21k_ft_in1k',
      revision: 'main',
      checkpoint: null,
      phase: 'downloading',
      done: 26_214_400,
      total: 86_529_000,
      unit: 'bytes',
    },
  ),
  bulk: { request: { omit: ['labels'] } },
  work: async () => (await import('./import.js')).Import,
};

/**
 * Reads and checks a request to import.
 * @throws DomainError INVALID_REQUEST naming every problem
 */
export function readImport(model: string, body: unknown): Asked<ImportRequest> {
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
    problems.push({ where: 'revision', message: 'only applies to a repository of the Hub' });
  }
  if (architecture !== undefined) {
    problems.push({ where: 'architecture', message: 'is defined by the checkpoint: omit it' });
  }
  if (!findCheckpoint(checkpoint!)) {
    const message = `no checkpoint is called "${checkpoint}": GET checkpoints lists them`;
    problems.push({ where: 'checkpoint', message });
  }
  return { hub: null, checkpoint: checkpoint! };
}
