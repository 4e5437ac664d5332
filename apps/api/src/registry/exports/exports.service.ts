import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ExportRepository } from './export-repository';
import { BlobStore, type StagedBlob } from '../../platform/blobs/blob-store';
import { Blobs, readOwned } from '../../platform/blobs/blobs';
import { isUuid } from '../../platform/database/columns';
import { DomainError } from '../../platform/errors/domain-error';
import { mapPage, type Page } from '../../platform/lists/page';
import type { ImmutableBytes } from '../../platform/http/send-bytes';
import { ModelRegistry } from '../models/model-registry';
import type { ExportRecord } from './export-record';
import type { Artifact, ArtifactListQuery } from './export.dto';
import { contentTypeOf } from './formats';

/** Stores, lists, serves and deletes the exports of versions. */
@Injectable()
export class ExportsService {
  constructor(
    private readonly store: ExportRepository,
    private readonly registry: ModelRegistry,
    private readonly blobs: Blobs,
    private readonly blobStore: BlobStore,
  ) {}

  /** Stores an export, joining a running transaction. */
  async keep(
    described: Omit<ExportRecord, 'id' | 'createdAt' | 'blob' | 'bytes'>,
    staged: StagedBlob,
  ): Promise<ExportRecord> {
    const { sha256: blob, bytes } = staged;
    const record = { ...described, id: randomUUID(), createdAt: new Date(), blob, bytes };
    await this.blobs.keep(staged, () => this.store.insert(record));
    return record;
  }

  async list(model: string, version: string, page: ArtifactListQuery): Promise<Page<Artifact>> {
    const record = await this.registry.resolveNumber(model, version);
    return mapPage(await this.store.list(record.model, record.version, page), present);
  }

  async file(model: string, version: string, id: string): Promise<ImmutableBytes> {
    const { blob, bytes, fileName, format } = await this.find(model, version, id);
    return {
      tag: blob,
      contentType: contentTypeOf(format),
      bytes,
      fileName,
      open: (range) =>
        readOwned(
          () => this.blobStore.open(blob, range),
          () => this.find(model, version, id),
        ),
    };
  }

  async delete(model: string, version: string, id: string): Promise<void> {
    const { blob } = await this.find(model, version, id);
    if (!(await this.store.delete(id))) throw artifactNotFound(model, version, id);
    await this.blobs.collect(blob);
  }

  private async find(model: string, version: string, id: string): Promise<ExportRecord> {
    const record = await this.registry.resolveNumber(model, version);
    const found = isUuid(id) ? await this.store.find(id) : null;
    if (found?.model !== record.model || found.version !== record.version) {
      throw artifactNotFound(model, version, id);
    }
    return found;
  }
}

function artifactNotFound(model: string, version: string, id: string): DomainError {
  return new DomainError(
    'ARTIFACT_NOT_FOUND',
    `Version ${version} of "${model}" has no artifact ${id}.`,
  );
}

function present({ blob, createdAt, ...same }: ExportRecord): Artifact {
  return { ...same, sha256: blob, createdAt: createdAt.toISOString() };
}
