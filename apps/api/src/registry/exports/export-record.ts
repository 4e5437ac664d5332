import type { Precision } from '@coatrack/models';

export const exportFormats = ['safetensors', 'onnx', 'tfjs'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export const precisions = ['fp32', 'fp16'] as const satisfies Precision[];

/** How an export was compared with its source before it was listed. */
export interface Verification {
  /** The runtime that ran the export, with its version. */
  runtime: string;
  /** Number of images that both ran on, and their origin. */
  images: number;
  imagesFrom: ImageOrigin;
  /** Largest difference between two logits, and the allowed maximum. */
  maxDifference: number;
  tolerance: number;
}

export const imageOrigins = ['dataset', 'seeded noise'] as const;
export type ImageOrigin = (typeof imageOrigins)[number];

/** A version written in another format. */
export interface ExportRecord {
  id: string;
  job: string;
  model: string;
  version: number;
  format: ExportFormat;
  precision: Precision;
  fileName: string;
  /** SHA-256 of the file. */
  blob: string;
  bytes: number;
  verification: Verification;
  createdAt: Date;
}
