import { Injectable } from '@nestjs/common';
import { BlobStore } from '../../../platform/blobs/blob-store';
import { ModelRegistry } from '../../../registry/models/model-registry';
import { ModelPool } from '../../pool/model-pool';
import { Routes } from '../../routing/routes';
import { noStatistics, ServingStatistics } from '../../metrics/serving-statistics';
import { outputsOf, presentModel } from './model-metadata';
import { selectorOf } from './model-selector';
import { presentStatistics } from './statistics';
import type { V2Statistics } from './statistics.dto';
import type { V2Model, V2ModelReady } from './v2.dto';

/** What the protocol tells of models. */
@Injectable()
export class V2ModelsService {
  constructor(
    private readonly registry: ModelRegistry,
    private readonly routes: Routes,
    private readonly pool: ModelPool,
    private readonly blobStore: BlobStore,
    private readonly statistics: ServingStatistics,
  ) {}

  async metadata(name: string, version?: string): Promise<V2Model> {
    const { model, ...which } = selectorOf(name, version);
    const record = await this.registry.resolve(model, which);
    const references = await this.registry.references(model);
    const outputs = await outputsOf(record, () => this.blobStore.path(record.blob));
    return presentModel(
      name,
      record,
      references.map(({ version: number }) => number),
      outputs,
    );
  }

  async ready(name: string, version?: string): Promise<V2ModelReady> {
    const { model, ...which } = selectorOf(name, version);
    return { name, ready: this.pool.isReady(await this.routes.resolve(model, which)) };
  }

  /** Of all versions that were asked for anything, or of one model's. */
  async allStatistics(model?: string): Promise<V2Statistics> {
    const references = await this.registry.references(model);
    return {
      model_stats: references.flatMap((reference) => {
        const statistics = this.statistics.of(reference);
        return statistics ? [presentStatistics(reference, statistics)] : [];
      }),
    };
  }

  /** Of one version, where the path names one. */
  async modelStatistics(name: string, version?: string): Promise<V2Statistics> {
    const { model, ...which } = selectorOf(name, version);
    if (which.version === undefined && which.alias === undefined) return this.allStatistics(model);
    const record = await this.registry.resolve(model, which);
    const statistics = this.statistics.of(record) ?? noStatistics();
    return { model_stats: [presentStatistics(record, statistics)] };
  }
}
