import {
  type Architecture,
  checkImageSize,
  findArchitecture,
  ImageSizeError,
  UnknownArchitectureError,
} from '@coatrack/models';
import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { z } from 'zod';
import { BlobStore } from '../blobs/blob-store';
import type { Config } from '../config';
import { CONFIG } from '../core.module';
import { DomainError } from '../errors/domain-error';
import { invalidRequest, parseOrFail } from '../errors/invalid-request';
import { Uploads } from '../http/uploads';
import { modelNameSchema, type ModelVersion, VersionConfig } from './model.dto';
import { ModelRegistry } from './model-registry';
import { presentVersion } from './present';
import { WeightsImporter } from './weights-importer';

const json = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue({ code: 'custom', message: 'must be valid JSON' });
    return z.NEVER;
  }
});

/** A TensorFlow checkpoint is an index and its shards. */
const maxFiles = 12;

const fields = z.object({ config: json.pipe(VersionConfig.schema) });

/** From uploaded weights to a version; nothing is kept that does not fit its architecture. */
@Injectable()
export class VersionUploadService {
  constructor(
    private readonly uploads: Uploads,
    private readonly importer: WeightsImporter,
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
    const rules = { fields, file: 'weights', maxFiles, maxFileBytes };
    const { fields: given, files } = await this.uploads.receive(request, rules);
    const { replaceHead, ...config } = given.config;
    try {
      const architecture = architectureOf(config.architecture);
      const preprocessing = config.preprocessing ?? architecture.preprocessing;
      checkSize(architecture, preprocessing.imageSize);
      const imported = await this.importer.import({
        ...{ files, what: 'weights', architecture, labels: config.labels, replaceHead },
      });
      const known = { model, architecture: architecture.name, preprocessing, ...imported };
      const version = await this.registry.createVersionFromFile({ ...config, ...known });
      return presentVersion(version);
    } finally {
      for (const file of files) await this.blobStore.discard(file);
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
