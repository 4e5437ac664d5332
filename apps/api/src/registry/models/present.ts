import type { ModelRecord, VersionRecord, VersionSummary } from './model';
import type { Model, ModelVersion, ModelVersionSummary } from './model.dto';

export function presentModel({ createdAt, ...model }: ModelRecord): Model {
  return { ...model, createdAt: createdAt.toISOString() };
}

export function presentVersion({
  id: _,
  trainingSeconds: __,
  ...record
}: VersionRecord): ModelVersion {
  const { blob, parent, createdAt, ...same } = record;
  return { ...same, sha256: blob, parentVersion: parent, createdAt: createdAt.toISOString() };
}

export function presentSummary({
  id: _,
  trainingSeconds: __,
  ...summary
}: VersionSummary): ModelVersionSummary {
  const { blob, parent, createdAt, ...same } = summary;
  return { ...same, sha256: blob, parentVersion: parent, createdAt: createdAt.toISOString() };
}
