import { ModelRepository } from '../models/model-repository';
import { Injectable } from '@nestjs/common';
import type { VersionRecord } from '../models/model';
import { modelNotFound, ModelRegistry } from '../models/model-registry';
import { modelCard } from './model-card';

/** Longer lineages are cut off. */
const generations = 32;

@Injectable()
export class CardService {
  constructor(
    private readonly store: ModelRepository,
    private readonly registry: ModelRegistry,
  ) {}

  /** @returns Markdown */
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
      // A parent is older than its child: what is not took the number of one that was deleted.
      if (!found || found.createdAt > lineage.at(-1)!.createdAt) break;
      lineage.push(found);
      parent = found.parent;
    }
    return lineage;
  }
}
