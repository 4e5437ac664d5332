import type { Preprocessing } from '@coatrack/models';
import type { Metrics, Recipe } from '@coatrack/training';

export interface VersionReference {
  model: string;
  version: number;
}

/** Top-1 accuracy in [0, 1] by source. */
export interface Accuracy {
  paper?: number;
  publisher?: number;
  measured?: number;
}

/** Format of a version's file: weights in the architecture's own names, or a graph that can only be served. */
export const versionFormats = ['safetensors', 'onnx'] as const;
export type VersionFormat = (typeof versionFormats)[number];

/** Metrics of a version's weights on the validation images of their training. */
export interface TrainedMetrics extends Metrics {
  /** Epochs of the weights, which are averaged if there are several; missing in trainings from before it was recorded. */
  epochs?: number[];
}

/** An immutable set of weights under a model's name. */
export interface VersionRecord {
  id: string;
  model: string;
  version: number;
  architecture: string;
  /** In the order of the logits. */
  labels: string[];
  preprocessing: Preprocessing;
  licence: string | null;
  source: string | null;
  /** Intended use, as stated by its author. */
  intendedUse: string | null;
  format: VersionFormat;
  /** SHA-256 of the file. */
  blob: string;
  bytes: number;
  parameters: number;
  parent: VersionReference | null;
  dataset: { id: string; name: string } | null;
  job: string | null;
  metrics: TrainedMetrics | null;
  recipe: Recipe | null;
  accuracy: Accuracy;
  /** Time from the first start of its fine-tune to the end; null if it was not trained here. */
  trainingSeconds: number | null;
  /** How uploaded or imported files were read and what was ignored, in full sentences. */
  notes: string[];
  createdAt: Date;
}

/** A version in lists, without the fields that grow with the number of classes. */
export interface VersionSummary extends Omit<VersionRecord, 'labels' | 'recipe'> {
  classCount: number;
}

export interface ModelRecord {
  name: string;
  description: string;
  createdAt: Date;
  latestVersion: number | null;
  aliases: Record<string, number>;
  versions: number;
}

export interface VersionSelector {
  version?: number;
  alias?: string;
}
