/** The API's shapes under the names that the pages use. */
export type Family = 'efficientnetv2' | 'coatnet';
export interface Preprocessing {
  imageSize: number;
  cropPercent: number;
  interpolation: 'bicubic' | 'bilinear';
  mean: number[];
  std: number[];
}
export interface Architecture {
  name: string;
  title: string;
  family: Family;
  parameters: number;
  macs: number;
  trainImageSize: number;
  imageSize: number;
  preprocessing: Preprocessing;
  published: { top1?: number; [key: string]: unknown };
}
export interface ClassCount {
  name: string;
  count: number;
}
export interface Dataset {
  id: string;
  name: string;
  classes: ClassCount[];
  pictures: number;
  bytes: number;
  skipped?: { path: string; reason: string }[];
  skippedCount: number;
  createdAt: string;
}
export interface DatasetImage {
  index: number;
  name: string;
  class: string;
  width: number;
  height: number;
  url: string;
}
export interface ImagePage {
  total: number;
  items: DatasetImage[];
}
export interface Sample {
  name: string;
  title: string;
  description: string;
  licence: string;
  pictures: number;
  classes: number;
}
export interface VersionReference {
  model: string;
  version: number;
}
export interface Metrics {
  top1: number;
  top5: number;
  loss: number;
  confusion: number[][];
}
export interface Recipe {
  epochs: number;
  batchSize: number;
  imageSize: number;
  optimizer: 'adamw' | 'sgd';
  learningRate: number;
  weightDecay: number;
  momentum: number;
  warmupEpochs: number;
  labelSmoothing: number;
  dropRate: number;
  dropPathRate: number;
  clipNorm: number;
  trainable: 'all' | 'head';
  flip: boolean;
  validationFraction: number;
  seed: number;
}
export interface Model {
  name: string;
  description: string | null;
  createdAt: string;
  latestVersion: number | null;
  aliases: Record<string, number>;
  versions: number;
}
export interface ModelVersion {
  model: string;
  version: number;
  architecture: string;
  labels: string[];
  preprocessing: Preprocessing;
  licence: string | null;
  source: string | null;
  sha256: string;
  bytes: number;
  parameters: number;
  parentVersion: VersionReference | null;
  dataset: { id: string; name: string } | null;
  job: string | null;
  metrics: Metrics | null;
  recipe: Recipe | null;
  accuracy: { paper?: number; publisher?: number; measured?: number };
  createdAt: string;
}
export type ModelWithVersions = Model & { versionList: ModelVersion[] };
export type JobState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';
export interface EpochRow {
  epoch: number;
  trainLoss: number;
  trainTop1: number;
  validationLoss: number;
  top1: number;
  top5: number;
  imagesPerSecond: number;
}
export interface Job {
  id: string;
  type: 'fine-tune';
  state: JobState;
  name: string;
  architecture: string;
  parent: VersionReference | null;
  dataset: { id: string; name: string };
  recipe: Recipe;
  progress: number;
  epoch: number;
  epochs: number;
  step: number;
  steps: number;
  etaSeconds: number | null;
  imagesPerSecond: number | null;
  metrics: Metrics | null;
  history: EpochRow[];
  result: VersionReference | null;
  error: { code: string; message: string } | null;
  engine: string | null;
  attempts: number;
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
}
export interface Prediction {
  model: string;
  version: number;
  predictions: { label: string; probability: number }[];
  timings: { decode: number; inference: number; total: number };
}
export interface Problem {
  where: string;
  message: string;
}
