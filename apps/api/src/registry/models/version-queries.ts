import type { SelectQueryBuilder } from 'typeorm';
import { ModelVersionEntity, ModelAliasEntity, toSummary, toRecord } from './model.entity';
import type { VersionSelector, VersionSummary } from './model';

/** Restricts a query to one version: the latest without number and alias. */
export function selected(
  query: SelectQueryBuilder<ModelVersionEntity>,
  model: string,
  { version, alias }: VersionSelector,
): SelectQueryBuilder<ModelVersionEntity> {
  query.where({ model });
  if (alias !== undefined) {
    // In one query, as an alias that moves in between could lead to a version that is already deleted.
    const pointer = 'pointer.model = found.model AND pointer.version = found.version';
    query.innerJoin(ModelAliasEntity, 'pointer', pointer);
    query.andWhere('pointer.alias = :alias', { alias });
  } else if (version !== undefined) {
    query.andWhere({ version });
  }
  return query.orderBy('found.version', 'DESC').limit(1);
}

export async function readSummaries(
  query: SelectQueryBuilder<ModelVersionEntity>,
): Promise<VersionSummary[]> {
  const { entities, raw } = await query.getRawAndEntities<{ class_count: number }>();
  return entities.map((row, index) => toSummary(toRecord(row), raw[index]!.class_count));
}
