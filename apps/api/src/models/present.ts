import type { ModelRecord, VersionRecord } from './model';
import type { Model, ModelVersion } from './model.dto';

export function presentModel({ createdAt, ...model }: ModelRecord): Model {
  return { ...model, createdAt: createdAt.toISOString() };
}

export function presentVersion({ id: _, ...record }: VersionRecord): ModelVersion {
  const { blob, parent, createdAt, ...same } = record;
  return { ...same, sha256: blob, parentVersion: parent, createdAt: createdAt.toISOString() };
}
