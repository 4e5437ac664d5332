import type { Precision } from '@coatrack/models';
import type { Moment } from '../../platform/lists/newest-first';
import type { Page, PageQuery } from '../../platform/lists/page';

export const artifactFormats = ['safetensors', 'onnx', 'tfjs'] as const;
export type ArtifactFormat = (typeof artifactFormats)[number];

export const precisions = ['fp32', 'fp16'] as const satisfies Precision[];

/** How an artifact was compared with its source before it was offered. */
export interface Verification {
  /** What ran the artifact, with its version. */
  runtime: string;
  /** How many pictures both looked at, and where these came from. */
  pictures: number;
  picturesFrom: PictureOrigin;
  /** Largest difference between two logits, and how large it might have been. */
  maxDifference: number;
  tolerance: number;
}

export const pictureOrigins = ['dataset', 'seeded noise'] as const;
export type PictureOrigin = (typeof pictureOrigins)[number];

/** A version written in another format. */
export interface Artifact {
  id: string;
  job: string;
  model: string;
  version: number;
  format: ArtifactFormat;
  precision: Precision;
  fileName: string;
  /** SHA-256 of the file. */
  blob: string;
  bytes: number;
  verification: Verification;
  createdAt: Date;
}

/** Where artifacts' rows are kept; they go with their version. */
export abstract class ArtifactStore {
  abstract insert(artifact: Artifact): Promise<void>;
  /** Lists a version's artifacts, newest first. */
  abstract list(model: string, version: number, page: PageQuery<Moment>): Promise<Page<Artifact>>;
  abstract find(id: string): Promise<Artifact | null>;
  /** @returns whether it was there */
  abstract delete(id: string): Promise<boolean>;
}
