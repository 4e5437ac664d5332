import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { momentSchema } from '../../platform/lists/newest-first';
import { pageQuery } from '../../platform/lists/page';
import { exportFormats, imageOrigins, precisions } from './export-record';

const artifactSchema = z.object({
  id: z.uuid(),
  job: z.uuid().describe('The job that created it'),
  model: z.string(),
  version: z.int(),
  format: z.enum(exportFormats),
  precision: z.enum(precisions),
  fileName: z.string(),
  bytes: z.int(),
  sha256: z.string(),
  verification: z
    .object({
      runtime: z.string().describe('Runtime that ran the artifact, with its version'),
      images: z.int(),
      imagesFrom: z
        .enum(imageOrigins)
        .describe("Images of the version's dataset, if that still exists"),
      maxDifference: z.number().describe('Largest difference between two logits'),
      tolerance: z.number().describe('Maximum that was allowed'),
    })
    .describe('How it was compared with the version before it was listed'),
  createdAt: z.iso.datetime(),
});

export class Artifact extends createZodDto(
  artifactSchema.meta({
    example: {
      id: '6d2f6f0a-3b1f-4f2c-8f0e-2d9a4c1b7e55',
      job: '7c1e0f1e-4d0f-4b61-9c39-5f7f5f5b8a10',
      model: 'pets-b0',
      version: 1,
      format: 'onnx',
      precision: 'fp32',
      fileName: 'pets-b0-1.onnx',
      bytes: 23_500_000,
      sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      verification: {
        runtime: 'ONNX Runtime 1.30.0',
        images: 4,
        imagesFrom: 'dataset',
        maxDifference: 0.0000031,
        tolerance: 0.00042,
      },
      createdAt: '2026-01-15T10:05:00.000Z',
    },
  }),
) {}

export class ArtifactListQuery extends createZodDto(
  z.strictObject(pageQuery(momentSchema(z.uuid()))),
) {}
