import type { Preprocessing } from '@coatrack/models';
import type { Metrics, Recipe } from '@coatrack/training';
import type { Moment } from '../../platform/lists/newest-first';
import type { Page, PageQuery } from '../../platform/lists/page';

export interface VersionReference {
  model: string;
  version: number;
}

/** Top-1 in [0, 1], each figure by who states it. */
export interface Accuracy {
  paper?: number;
  publisher?: number;
  measured?: number;
}

/** What a version's bytes are: weights in their architecture's own names, or a graph that is only served. */
export const versionFormats = ['safetensors', 'onnx'] as const;
export type VersionFormat = (typeof versionFormats)[number];

/** One set of weights under a model's name; never changes. */
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
  /** What it is for, as its maker says. */
  intendedUse: string | null;
  format: VersionFormat;
  /** SHA-256 of the file in that format. */
  blob: string;
  bytes: number;
  parameters: number;
  parent: VersionReference | null;
  dataset: { id: string; name: string } | null;
  job: string | null;
  metrics: Metrics | null;
  recipe: Recipe | null;
  accuracy: Accuracy;
  /** From the first start of its fine-tune to the end; null: it was not trained here. */
  trainingSeconds: number | null;
  /** How uploaded or imported files were read, and what of them was left out: whole sentences. */
  notes: string[];
  createdAt: Date;
}

/** A version as lists have it: without what grows with its classes. */
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

/** Where the registry's rows are kept. */
export abstract class ModelStore {
  /** Lists models, newest first. */
  abstract list(page: PageQuery<Moment>): Promise<Page<ModelRecord>>;
  abstract find(name: string): Promise<ModelRecord | undefined>;
  /** Lists a model's versions, highest number first; a page begins below the number of its cursor. */
  abstract versions(model: string, page: PageQuery<number>): Promise<Page<VersionSummary>>;
  /** All versions, or one model's: by name, oldest first. */
  abstract references(model?: string): Promise<(VersionReference & { id: string })[]>;
  /** The newest version whose bytes have this SHA-256. */
  abstract findByBlob(sha256: string): Promise<VersionRecord | undefined>;
  /** Without version and alias: the latest. */
  abstract findVersion(model: string, which: VersionSelector): Promise<VersionRecord | undefined>;
  /** Finds the same version as `findVersion`, without what grows with its classes. */
  abstract findSummary(model: string, which: VersionSelector): Promise<VersionSummary | undefined>;
  /**
   * Makes the model where there is none, and gives the version the name's next number. No number is ever given
   * twice, also when the model is deleted and made again.
   */
  abstract insertVersion(
    version: Omit<VersionRecord, 'version'>,
    description?: string,
  ): Promise<VersionRecord>;
  /**
   * Deletes the version with its artifacts.
   * @returns the SHA-256 of all their files; undefined when there is no such version
   * @throws DomainError VERSION_IN_USE while an alias, or a queued or running job, holds it
   */
  abstract deleteVersion(version: VersionRecord): Promise<string[] | undefined>;
  /**
   * Deletes the model with its versions, their artifacts and its aliases.
   * @returns the SHA-256 of all their files; undefined when there is no such model
   * @throws DomainError MODEL_IN_USE while a queued or running job holds one of its versions
   */
  abstract delete(name: string): Promise<string[] | undefined>;
  /** @returns whether there is such a version to point to */
  abstract setAlias(model: string, alias: string, version: number): Promise<boolean>;
  /** @returns whether it was there */
  abstract deleteAlias(model: string, alias: string): Promise<boolean>;
}
