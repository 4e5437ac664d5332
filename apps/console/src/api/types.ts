/** The API's shapes, generated from its OpenAPI document, under the names that the pages use. */
import type { components, operations } from './schema';

type Schemas = components['schemas'];

export type Architecture = Schemas['Architecture'];
export type Family = Architecture['family'];
export type Dataset = Schemas['Dataset'];
export type DatasetSummary = Schemas['DatasetSummary'];
export type NameEncoding = NonNullable<
  NonNullable<operations['createDataset']['parameters']['query']>['nameEncoding']
>;
export type Sample = Schemas['Sample'];
export type Model = Schemas['Model'];
export type ModelVersionSummary = Schemas['ModelVersionSummary'];
export type ModelWithVersions = Schemas['ModelWithVersions'];
export type ModelVersion = Schemas['ModelVersion'];
export type ModelConfusion = Schemas['ModelConfusion'];
export type Metrics = NonNullable<ModelVersion['metrics']>;
export type VersionReference = NonNullable<ModelVersion['parentVersion']>;
export type Job = Schemas['Job'];
export type JobSummary = Schemas['JobSummary'];
export type JobState = Job['state'];
export type FineTuneJob = Schemas['FineTuneJob'];
/** Jobs that have phases rather than steps and epochs. */
export type WorkJob = Exclude<Job, FineTuneJob>;
/** An event in the stream of a job. */
export type JobEvent = Schemas['JobEvent'];
export type EpochRow = FineTuneJob['history'][number];
export type Recipe = FineTuneJob['recipe'];
export type Artifact = Schemas['Artifact'];
export type CreateJob = Schemas['CreateJob'];
export type CreateExport = Schemas['CreateExport'];
export type CreateImport = Schemas['CreateImport'];
export type Checkpoint = Schemas['Checkpoint'];
export type Comparison = Schemas['Comparison'];
export type Prediction = Schemas['Prediction'];
export type ApiKey = Schemas['ApiKey'];
export type CreatedApiKey = Schemas['CreatedApiKey'];
export type Scope = ApiKey['scopes'][number];
export type Session = Schemas['Session'];
export type AuditEntry = Schemas['AuditEntry'];
export type Problem = NonNullable<Schemas['Problem']['problems']>[number];
