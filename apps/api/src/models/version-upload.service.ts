import {
  type Architecture,
  checkImageSize,
  cost,
  findArchitecture,
  ImageSizeError,
  openSafetensors,
  SafetensorsError,
  type SafetensorsFile,
  UnknownArchitectureError,
  validateWeights,
  WeightsMismatchError,
} from '@coatrack/models';
import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { z } from 'zod';
import { BlobStore, type StagedBlob } from '../blobs/blob-store';
import type { Config } from '../config';
import { CONFIG } from '../core.module';
import { DomainError } from '../errors/domain-error';
import { invalidRequest, parseOrFail } from '../errors/invalid-request';
import { Uploads } from '../http/uploads';
import { modelNameSchema, type ModelVersion, VersionConfig } from './model.dto';
import { ModelRegistry } from './model-registry';
import { presentVersion } from './present';

const json = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue({ code: 'custom', message: 'must be valid JSON' });
    return z.NEVER;
  }
});

const fields = z.object({ config: json.pipe(VersionConfig.schema) });

/** From uploaded weights to a version; nothing is kept that does not fit its architecture. */
@Injectable()
export class VersionUploadService {
  constructor(
    private readonly uploads: Uploads,
    private readonly registry: ModelRegistry,
    private readonly blobStore: BlobStore,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * @throws DomainError UNKNOWN_ARCHITECTURE, INVALID_WEIGHTS, INVALID_LABELS, and what
   *   `Uploads.receive` throws
   */
  async create(model: string, request: Request): Promise<ModelVersion> {
    parseOrFail(modelNameSchema, model, 'model');
    const maxFileBytes = this.config.uploadLimits.weights;
    const upload = await this.uploads.receive(request, { fields, file: 'weights', maxFileBytes });
    const { config } = upload.fields;
    try {
      const architecture = architectureOf(config.architecture);
      const preprocessing = config.preprocessing ?? architecture.preprocessing;
      checkSize(architecture, preprocessing.imageSize);
      await checkWeights(upload.file, architecture, config.labels.length);
      const known = { model, architecture: architecture.name, preprocessing };
      const version = { ...config, ...known, weights: upload.file };
      return presentVersion(await this.registry.createVersionFromFile(version));
    } finally {
      await this.blobStore.discard(upload.file);
    }
  }
}

function architectureOf(name: string): Architecture {
  try {
    return findArchitecture(name);
  } catch (error) {
    if (!(error instanceof UnknownArchitectureError)) throw error;
    const problem = { where: 'config.architecture', message: error.message };
    throw new DomainError('UNKNOWN_ARCHITECTURE', error.message, [problem]);
  }
}

function checkSize(architecture: Architecture, imageSize: number): void {
  try {
    checkImageSize(architecture, imageSize);
  } catch (error) {
    if (!(error instanceof ImageSizeError)) throw error;
    throw invalidRequest([{ where: 'config.preprocessing.imageSize', message: error.message }]);
  }
}

async function checkWeights(
  { path }: StagedBlob,
  architecture: Architecture,
  labels: number,
): Promise<void> {
  let file: SafetensorsFile | undefined;
  try {
    file = await openSafetensors(path);
    checkLabels(file, architecture, labels);
    validateWeights(file, architecture, labels);
  } catch (error) {
    if (error instanceof SafetensorsError) {
      // The error's own message names the temporary file, which tells the caller nothing.
      const message = `weights is not a valid safetensors file: ${error.reason}`;
      throw new DomainError('INVALID_WEIGHTS', message, [
        { where: 'weights', message: error.reason },
      ]);
    }
    if (error instanceof WeightsMismatchError) {
      const problems = error.problems.map(({ tensor, message }) => ({ where: tensor, message }));
      throw new DomainError('INVALID_WEIGHTS', error.message, problems);
    }
    throw error;
  } finally {
    await file?.close();
  }
}

/** The classifier's bias has one value a class: it tells how many labels there must be. */
function checkLabels(file: SafetensorsFile, architecture: Architecture, labels: number): void {
  const { imageSize } = architecture.preprocessing;
  const { tensors } = cost(architecture, { imageSize, classes: labels });
  const bias = tensors.find(({ head, shape }) => head && shape.length === 1);
  const shape = bias && file.tensors.get(bias.name)?.shape;
  if (!shape || shape.length !== 1 || shape[0] === labels) return;
  const message = `there are ${labels} labels, but the classifier in the weights has ${shape[0]} classes`;
  throw new DomainError('INVALID_LABELS', `The labels don't fit: ${message}.`, [
    { where: 'config.labels', message },
  ]);
}
