import { ModelRepository } from '../models/model-repository';
import {
  type Architecture,
  formatOf,
  type OwnDescription,
  type Preprocessing,
} from '@coatrack/models';
import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { z } from 'zod';
import { BlobStore } from '../../platform/blobs/blob-store';
import { type Config, CONFIG } from '../../config';
import { parseOrFail } from '../../platform/errors/invalid-request';
import { IdempotencyKeys } from '../../platform/idempotency/idempotency-keys';
import { type UploadedFile, Uploads } from '../../platform/forms/uploads';
import { preprocessingSchema } from '../catalogue/catalogue.dto';
import { architectureOf, checkSize } from './checked-architecture';
import type { VersionRecord } from '../models/model';
import {
  modelNameSchema,
  type ModelVersion,
  VersionConfig,
  presentVersion,
} from '../models/model.dto';
import { ModelRegistry, type NewVersion } from '../models/model-registry';
import { OnnxImporter } from './onnx-importer';
import { WeightsImporter } from './weights-importer';

const json = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue({ code: 'custom', message: 'must be valid JSON' });
    return z.NEVER;
  }
});

/** Maximum number of files: a checkpoint is an index and its shards. */
const maxFiles = 12;

const fields = z.object({ config: json.pipe(VersionConfig.schema) });

/** Turns uploaded weights into a version; weights that don't fit their architecture are not kept. */
@Injectable()
export class VersionUploadService {
  constructor(
    private readonly store: ModelRepository,
    private readonly uploads: Uploads,
    private readonly importer: WeightsImporter,
    private readonly onnxImporter: OnnxImporter,
    private readonly registry: ModelRegistry,
    private readonly blobStore: BlobStore,
    private readonly repeats: IdempotencyKeys,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * @throws DomainError UNKNOWN_ARCHITECTURE, INVALID_WEIGHTS, INVALID_LABELS, and the codes of `Uploads.receive`
   */
  async create(model: string, request: Request): Promise<ModelVersion> {
    parseOrFail(modelNameSchema, model, 'model');
    const maxFileBytes = this.config.uploadLimits.weights;
    const rules = { fields, file: 'weights', maxFiles, maxFileBytes };
    const { fields: given, files } = await this.uploads.receive(request, rules);
    try {
      const version = await this.newVersion(files, given.config);
      const made = await this.registry.createVersionFromFile({ ...version, model }, (record) =>
        this.repeats.record(presentVersion(record)),
      );
      return presentVersion(made);
    } finally {
      for (const file of files) await this.blobStore.discard(file);
    }
  }

  private async newVersion(
    files: UploadedFile[],
    config: VersionConfig,
  ): Promise<Omit<NewVersion, 'model'>> {
    for (const file of files) {
      if ((await formatOf(file.path)) !== 'onnx') continue;
      const others = files.filter((each) => each !== file);
      return this.onnxImporter.import(file, others, config);
    }
    return this.weightsVersion(files, config);
  }

  private async weightsVersion(
    files: UploadedFile[],
    { replaceHead, ...config }: VersionConfig,
  ): Promise<Omit<NewVersion, 'model'>> {
    const known = files.length === 1 ? await this.store.findByBlob(files[0]!.sha256) : undefined;
    const name = config.architecture ?? known?.architecture;
    const notes: string[] = [];
    const { architecture, ...imported } = await this.importer.import({
      files,
      what: 'weights',
      architecture: name === undefined ? undefined : architectureOf(name),
      labels: config.labels ?? (replaceHead ? undefined : known?.labels),
      replaceHead,
      preprocessing: (architecture, described) => {
        const own = preprocessingOf({ architecture, config, known, described });
        checkSize(architecture, own.preprocessing.imageSize);
        notes.push(own.note);
        return own.preprocessing;
      },
    });
    return {
      ...config,
      ...imported,
      architecture: architecture.name,
      notes: [...imported.notes, ...notes.filter((note) => note !== '')],
    };
  }
}

/** Returns the preprocessing for uploaded weights, with a note on its origin if the form does not set it. */
function preprocessingOf({
  architecture,
  config,
  known,
  described,
}: {
  architecture: Architecture;
  config: Omit<VersionConfig, 'replaceHead'>;
  known: VersionRecord | undefined;
  described: OwnDescription;
}): { preprocessing: Preprocessing; note: string } {
  if (config.preprocessing) return { preprocessing: config.preprocessing, note: '' };
  if (known) {
    const note = `The file is the same as that of ${known.model}:${known.version}, so it has the same preprocessing.`;
    return { preprocessing: known.preprocessing, note };
  }
  const own = preprocessingSchema.safeParse(described.preprocessing);
  if (own.success)
    return { preprocessing: own.data, note: 'The preprocessing comes from the file.' };
  const { preprocessing } = architecture;
  const note = `Neither the form nor the file sets the preprocessing: it is as published for ${architecture.title}, at ${preprocessing.imageSize} px.`;
  return { preprocessing, note };
}
