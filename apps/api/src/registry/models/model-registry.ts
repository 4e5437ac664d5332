import { cost, findArchitecture } from '@coatrack/models';
import type { Confusion } from '@coatrack/training';
import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { ModelRepository } from './model-repository';
import type { StagedBlob } from '../../platform/blobs/blob-store';
import { Blobs } from '../../platform/blobs/blobs';
import { ConfusionRepository } from './confusion-repository';
import type { VersionRecord, VersionReference, VersionSelector, VersionSummary } from './model';
import { type ProblemDetail, DomainError } from '../../platform/errors/domain-error';
import { orProblem } from '../../platform/errors/invalid-request';
import { type ModelSelector, parseModelReference } from '../../platform/model-reference';

export type NewVersion = Pick<
  VersionRecord,
  'model' | 'architecture' | 'labels' | 'preprocessing'
> &
  Partial<
    Pick<
      VersionRecord,
      | 'format'
      | 'intendedUse'
      | 'licence'
      | 'source'
      | 'parent'
      | 'dataset'
      | 'job'
      | 'metrics'
      | 'recipe'
      | 'accuracy'
      | 'trainingSeconds'
      | 'notes'
    >
  > & {
    /** Weights that were checked against the architecture and the labels. */
    weights: StagedBlob;
    /** Replaces the model's description; omitted, the model keeps it. */
    description?: string;
    /** Confusion counted when its metrics were measured. */
    confusion?: Confusion;
  };

/** Finds and creates versions of models. */
@Injectable()
export class ModelRegistry {
  constructor(
    private readonly store: ModelRepository,
    private readonly blobs: Blobs,
    private readonly confusions: ConfusionRepository,
  ) {}

  /**
   * Finds a version; without number and alias, the latest.
   * @throws DomainError MODEL_NOT_FOUND, VERSION_NOT_FOUND, ALIAS_NOT_FOUND
   */
  async resolve(model: string, which: VersionSelector = {}): Promise<VersionRecord> {
    const found = await this.store.findVersion(model, which);
    if (found) return found;
    throw (await this.store.find(model)) ? versionNotFound(model, which) : modelNotFound(model);
  }

  /**
   * Like `resolve`, but without the fields that grow with the number of classes.
   * @throws DomainError MODEL_NOT_FOUND, VERSION_NOT_FOUND, ALIAS_NOT_FOUND
   */
  async summary(model: string, which: VersionSelector = {}): Promise<VersionSummary> {
    const found = await this.store.findSummary(model, which);
    if (found) return found;
    throw (await this.store.find(model)) ? versionNotFound(model, which) : modelNotFound(model);
  }

  /**
   * Finds a version by its number as text: anything that is not a valid version number counts as not found.
   * @throws DomainError MODEL_NOT_FOUND, VERSION_NOT_FOUND
   */
  resolveNumber(model: string, version: string): Promise<VersionRecord> {
    const number = /^[1-9]\d{0,8}$/.test(version) ? Number(version) : 0;
    return this.resolve(model, { version: number });
  }

  /**
   * Lists all versions, or one model's, by name, oldest first.
   * @throws DomainError MODEL_NOT_FOUND
   */
  async references(model?: string): Promise<(VersionReference & { id: string })[]> {
    const references = await this.store.references(model);
    if (model !== undefined && references.length === 0 && !(await this.store.find(model))) {
      throw modelNotFound(model);
    }
    return references;
  }

  /**
   * Stores the weights and creates the model's next version, joining a running transaction.
   * @param alongside runs in the same transaction
   */
  createVersionFromFile(
    version: NewVersion,
    alongside?: (made: VersionRecord) => Promise<void>,
  ): Promise<VersionRecord> {
    const { weights, description, confusion, ...given } = version;
    const { imageSize } = given.preprocessing;
    const architecture = findArchitecture(given.architecture);
    const { parameters } = cost(architecture, { imageSize, classes: given.labels.length });
    const record = {
      format: 'safetensors' as const,
      intendedUse: null,
      licence: null,
      source: null,
      parent: null,
      dataset: null,
      job: null,
      metrics: null,
      recipe: null,
      trainingSeconds: null,
      accuracy: given.metrics ? { measured: given.metrics.top1 } : {},
      notes: [],
      ...given,
      id: randomUUID(),
      blob: weights.sha256,
      bytes: weights.bytes,
      parameters,
      createdAt: new Date(),
    };
    return this.blobs.keep(weights, async () => {
      const made = await this.store.insertVersion(record, description);
      if (confusion) await this.confusions.insert(made.id, confusion);
      await alongside?.(made);
      return made;
    });
  }
}

/**
 * Finds the version that a field of a request names. If there is none, adds a problem and returns undefined.
 * @param registry finds a version or throws a DomainError
 */
export async function findVersion<V>(
  reference: unknown,
  registry: { resolve(model: string, which: Omit<ModelSelector, 'model'>): Promise<V> },
  problems: ProblemDetail[],
  where = 'model',
): Promise<V | undefined> {
  if (typeof reference !== 'string') return undefined;
  const selector = parseModelReference(reference);
  if (!selector) {
    problems.push({ where, message: 'must be like "name", "name:3" or "name@alias"' });
    return undefined;
  }
  const { model, ...which } = selector;
  return orProblem(where, problems, () => registry.resolve(model, which));
}

export function modelNotFound(name: string): DomainError {
  return new DomainError('MODEL_NOT_FOUND', `There is no model "${name}".`);
}

export function versionNotFound(model: string, { version, alias }: VersionSelector): DomainError {
  if (alias !== undefined) return aliasNotFound(model, alias);
  const what = version === undefined ? 'any versions yet' : `a version ${version}`;
  return new DomainError('VERSION_NOT_FOUND', `Model "${model}" does not have ${what}.`);
}

export function aliasNotFound(model: string, alias: string): DomainError {
  return new DomainError('ALIAS_NOT_FOUND', `Model "${model}" has no alias "${alias}".`);
}
