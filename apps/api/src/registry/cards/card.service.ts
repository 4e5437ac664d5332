import { ModelRepository } from '../models/model-repository';
import { Injectable } from '@nestjs/common';
import type { VersionRecord } from '../models/model';
import { modelNotFound, ModelRegistry } from '../models/model-registry';
import { modelCard } from './model-card';

/** Maximum length of a lineage. */
const generations = 32;

@Injectable()
export class CardService {
  constructor(
    private readonly store: ModelRepository,
    private readonly registry: ModelRegistry,
  ) {}

  /** Returns the model card as Markdown. */
  async card(model: string, version: string): Promise<string> {
    const record = await this.registry.resolveNumber(model, version);
    const found = await this.store.find(model);
    if (!found) throw modelNotFound(model);
    const { description } = found;
    return modelCard({ description, version: record, lineage: await this.lineage(record) });
  }

  private async lineage(version: VersionRecord): Promise<VersionRecord[]> {
    const lineage = [version];
    let { parent } = version;
    while (parent && lineage.length < generations) {
      const found = await this.store.findVersion(parent.model, { version: parent.version });
      // A parent is older than its child; a newer version has taken the number of a deleted one.
      if (!found || found.createdAt > lineage.at(-1)!.createdAt) break;
      lineage.push(found);
      parent = found.parent;
    }
    return lineage;
  }
}
