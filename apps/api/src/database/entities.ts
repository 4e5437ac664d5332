import { ArtifactEntity } from '../artifacts/artifact.entity';
import { AuditEntity } from '../auth/audit/audit.entity';
import { ApiKeyEntity } from '../auth/api-key.entity';
import { SessionEntity } from '../auth/sessions/session.entity';
import { MeasurementEntity } from '../benchmarks/measurement.entity';
import { BlobEntity } from '../blobs/blob.entity';
import { DatasetEntity, DatasetPictureEntity } from '../datasets/dataset.entity';
import { ModelAliasEntity, ModelEntity, ModelVersionEntity } from '../models/model.entity';
import { JobEntity, JobEventEntity } from '../jobs/job.entity';

/** Every table's entity, in one place for the data source. */
export const entities = [
  ApiKeyEntity,
  AuditEntity,
  SessionEntity,
  BlobEntity,
  DatasetEntity,
  DatasetPictureEntity,
  ModelEntity,
  ModelVersionEntity,
  ModelAliasEntity,
  ArtifactEntity,
  MeasurementEntity,
  JobEntity,
  JobEventEntity,
];
