import { ExportEntity } from './registry/exports/export-repository';
import { AuditEntity } from './platform/auth/audit/audit.service';
import { ApiKeyEntity } from './platform/auth/api-key.entity';
import { SessionEntity } from './platform/auth/sessions/sessions.service';
import { MeasurementEntity } from './comparison/measurement-repository';
import { BlobEntity } from './platform/blobs/blobs';
import { DatasetEntity, DatasetImageEntity } from './datasets/dataset.entity';
import { ModelAliasEntity, ModelEntity, ModelVersionEntity } from './registry/models/model.entity';
import { JobEntity, JobEventEntity } from './jobs/job.entity';

/** Every table's entity, in one place for the data source. */
export const entities = [
  ApiKeyEntity,
  AuditEntity,
  SessionEntity,
  BlobEntity,
  DatasetEntity,
  DatasetImageEntity,
  ModelEntity,
  ModelVersionEntity,
  ModelAliasEntity,
  ExportEntity,
  MeasurementEntity,
  JobEntity,
  JobEventEntity,
];
