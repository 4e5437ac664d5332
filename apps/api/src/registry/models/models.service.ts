import { ModelRepository } from './model-repository';
import { Injectable } from '@nestjs/common';
import { BlobStore } from '../../platform/blobs/blob-store';
import { Blobs, readOwned } from '../../platform/blobs/blobs';
import { parseOrFail } from '../../platform/errors/invalid-request';
import { mapPage, type Page } from '../../platform/lists/page';
import type { ImmutableBytes } from '../../platform/http/send-bytes';
import { ModelChanges } from './model-changes';
import {
  type Model,
  type ModelListQuery,
  modelNameSchema,
  type ModelVersion,
  type ModelVersionSummary,
  type ModelWithVersions,
  type VersionListQuery,
  presentModel,
  presentSummary,
  presentVersion,
} from './model.dto';
import { aliasNotFound, modelNotFound, versionNotFound, ModelRegistry } from './model-registry';

/** Number of versions that a model includes. */
const versionsShown = 50;

@Injectable()
export class ModelsService {
  constructor(
    private readonly store: ModelRepository,
    private readonly registry: ModelRegistry,
    private readonly blobs: Blobs,
    private readonly blobStore: BlobStore,
    private readonly changes: ModelChanges,
  ) {}

  async list(page: ModelListQuery): Promise<Page<Model>> {
    return mapPage(await this.store.list(page), presentModel);
  }

  async get(name: string): Promise<ModelWithVersions> {
    const model = await this.summary(name);
    const { items, next } = await this.store.versions(name, { limit: versionsShown });
    return { ...model, versionList: items.map(presentSummary), next };
  }

  async versions(name: string, page: VersionListQuery): Promise<Page<ModelVersionSummary>> {
    const versions = await this.store.versions(name, page);
    if (versions.items.length === 0) await this.summary(name);
    return mapPage(versions, presentSummary);
  }

  async delete(name: string): Promise<void> {
    const blobs = await this.store.delete(name);
    if (!blobs) throw modelNotFound(name);
    await this.changes.changed(name);
    for (const blob of blobs) await this.blobs.collect(blob);
  }

  async version(model: string, version: string): Promise<ModelVersion> {
    return presentVersion(await this.registry.resolveNumber(model, version));
  }

  async weights(model: string, version: string): Promise<ImmutableBytes> {
    const record = await this.registry.resolveNumber(model, version);
    return {
      tag: record.blob,
      contentType: 'application/octet-stream',
      bytes: record.bytes,
      fileName: `${record.model}-${record.version}.${record.format}`,
      open: (range) =>
        readOwned(
          () => this.blobStore.open(record.blob, range),
          () => this.registry.resolveNumber(model, version),
        ),
    };
  }

  async deleteVersion(model: string, version: string): Promise<void> {
    const record = await this.registry.resolveNumber(model, version);
    const blobs = await this.store.deleteVersion(record);
    if (!blobs) throw versionNotFound(model, { version: record.version });
    await this.changes.changed(model);
    for (const blob of blobs) await this.blobs.collect(blob);
  }

  /** Creates or moves an alias. If its old version is being served, the new one is loaded first. */
  async setAlias(model: string, alias: string, version: number): Promise<Model> {
    parseOrFail(modelNameSchema, alias, 'alias');
    await this.changes.aliasMoves(alias, await this.registry.resolve(model, { version }));
    if (!(await this.store.setAlias(model, alias, version))) {
      throw versionNotFound(model, { version });
    }
    await this.changes.changed(model);
    return this.summary(model);
  }

  async deleteAlias(model: string, alias: string): Promise<void> {
    if (!(await this.store.find(model))) throw modelNotFound(model);
    if (!(await this.store.deleteAlias(model, alias))) throw aliasNotFound(model, alias);
    await this.changes.changed(model);
  }

  private async summary(name: string): Promise<Model> {
    const model = await this.store.find(name);
    if (!model) throw modelNotFound(name);
    return presentModel(model);
  }
}
