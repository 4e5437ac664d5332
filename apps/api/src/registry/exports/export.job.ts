import { z } from 'zod';
import { invalidRequest, problemsOf } from '../../platform/errors/invalid-request';
import type { ProblemDetail } from '../../platform/errors/domain-error';
import type { Job } from '../../jobs/job-record';
import { asks, type JobDefinition } from '../../jobs/job-definition';
import {
  type PhasedShape,
  type PhasedStatus,
  phasedWork,
  showsPhase,
} from '../../jobs/phased-work';
import { versionReferenceSchema } from '../models/model.dto';
import { findVersion, ModelRegistry } from '../models/model-registry';
import { exportFormats, precisions } from './export-record';

const createExportSchema = z
  .strictObject({
    type: z.literal('export'),
    model: z
      .string()
      .describe('The version to export: `name` (its latest), `name:3` or `name@alias`'),
    format: z
      .enum(exportFormats)
      .describe(
        "safetensors: the weights in timm's names. onnx: a graph for ONNX Runtime and others, batch " +
          'norms folded, any batch size. tfjs: a zip with a TensorFlow.js graph model for browsers.',
      ),
    precision: z
      .enum(precisions)
      .default('fp32')
      .describe('Precision of the weights; safetensors are always fp32'),
  })
  .refine(({ format, precision }) => format !== 'safetensors' || precision === 'fp32', {
    path: ['precision'],
    message: 'must be fp32 for safetensors',
  })
  .meta({ example: { type: 'export', model: 'pets-b0:1', format: 'onnx', precision: 'fp32' } });

const requestFields = {
  version: versionReferenceSchema.describe('The version that is exported'),
  format: z.enum(exportFormats),
  precision: z.enum(precisions),
};

const resultSchema = versionReferenceSchema
  .extend({ artifact: z.uuid() })
  .describe('The artifact that it created');

type ExportRequest = z.output<z.ZodObject<typeof requestFields>>;
type ExportResult = z.output<typeof resultSchema>;
export type ExportShape = PhasedShape<ExportRequest, ExportResult>;
export type ExportJob = Job<ExportShape>;

/** Writes a version in another format. */
export const exportJob: JobDefinition<'export', ExportRequest, PhasedStatus, ExportResult> = {
  ...phasedWork,
  type: 'export',
  noun: 'export',
  ask: asks(createExportSchema, [ModelRegistry], async (fields, registry) => {
    const shape = createExportSchema.safeParse(fields);
    const problems: ProblemDetail[] = shape.success ? [] : problemsOf(shape.error);
    const found = await findVersion(fields.model, registry, problems);
    if (found?.format === 'onnx') {
      const message = 'is already an ONNX file: download it as the weights of the version';
      problems.push({ where: 'model', message });
    }
    if (!shape.success || !found || problems.length > 0) throw invalidRequest(problems);
    const { format, precision } = shape.data;
    const { model, version } = found;
    return { name: model, request: { version: { model, version }, format, precision } };
  }),
  needs: ({ version }) => [version],
  result: resultSchema,
  view: showsPhase(requestFields, {
    example: {
      name: 'pets-b0',
      phase: 'Writing',
      done: 210,
      total: 350,
      unit: 'tensors',
      version: { model: 'pets-b0', version: 1 },
      format: 'onnx',
      precision: 'fp32',
    },
  }),
  work: async () => (await import('./export.js')).Export,
};
