import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { artifactFormats, precisions } from './artifact';
import {
  lifecycleExample,
  lifecycleSchema,
  versionReferenceSchema,
} from '../../jobs/lifecycle.dto';
import { workSchema } from '../../jobs/work.dto';

export const createExportSchema = z
  .strictObject({
    type: z.literal('export'),
    model: z
      .string()
      .describe('The version to export: `name` (its latest), `name:3` or `name@alias`'),
    format: z
      .enum(artifactFormats)
      .describe(
        "safetensors: the weights in timm's names. onnx: a graph for ONNX Runtime and others, batch " +
          'norms folded, any batch size. tfjs: a zip with a TensorFlow.js graph model for browsers.',
      ),
    precision: z
      .enum(precisions)
      .default('fp32')
      .describe('Of the weights; safetensors are always fp32'),
  })
  .refine(({ format, precision }) => format !== 'safetensors' || precision === 'fp32', {
    path: ['precision'],
    message: 'must be fp32 for safetensors',
  });

export class CreateExport extends createZodDto(
  createExportSchema.meta({
    example: { type: 'export', model: 'pets-b0:1', format: 'onnx', precision: 'fp32' },
  }),
) {}

const exportJobSchema = lifecycleSchema
  .extend(workSchema.shape)
  .extend({
    type: z.literal('export'),
    version: versionReferenceSchema.describe('The version that is exported'),
    format: z.enum(artifactFormats),
    precision: z.enum(precisions),
    result: versionReferenceSchema
      .extend({ artifact: z.uuid() })
      .nullable()
      .describe('The artifact that it made'),
  })
  .meta({
    example: {
      ...lifecycleExample,
      name: 'pets-b0',
      phase: 'Writing',
      done: 210,
      total: 350,
      unit: 'tensors',
      type: 'export',
      version: { model: 'pets-b0', version: 1 },
      format: 'onnx',
      precision: 'fp32',
      result: null,
    },
  });

export class ExportJob extends createZodDto(exportJobSchema) {}
