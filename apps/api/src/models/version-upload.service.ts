import { isOnnx } from '@coatrack/models';
import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { z } from 'zod';
import { BlobStore } from '../blobs/blob-store';
import type { Config } from '../config';
import { CONFIG } from '../core.module';
import { parseOrFail } from '../errors/invalid-request';
import { type UploadedFile, Uploads } from '../http/uploads';
import { architectureOf, checkSize } from './checked-architecture';
import { modelNameSchema, type ModelVersion, VersionConfig } from './model.dto';
import { ModelRegistry, type NewVersion } from './model-registry';
import { onnxVersion } from './onnx-version';
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
    try {
      const [file, ...others] = files;
      const version =
        others.length === 0 && (await isOnnx(file.path))
          ? await onnxVersion(file, given.config)
          : await this.weightsVersion(files, given.config);
      return presentVersion(await this.registry.createVersionFromFile({ ...version, model }));
    } finally {
      for (const file of files) await this.blobStore.discard(file);
    }
  }

  private async weightsVersion(
    files: UploadedFile[],
    { replaceHead, ...config }: VersionConfig,
  ): Promise<Omit<NewVersion, 'model'>> {
    const architecture = architectureOf(config.architecture);
    const preprocessing = config.preprocessing ?? architecture.preprocessing;
    checkSize(architecture, preprocessing.imageSize);
    const imported = await this.importer.import({
      ...{ files, what: 'weights', architecture, labels: config.labels, replaceHead },
    });
    return { ...config, architecture: architecture.name, preprocessing, ...imported };
  }
}
