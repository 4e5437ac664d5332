import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

export class V2Error extends createZodDto(
  z.object({ error: z.string() }).meta({ example: { error: 'There is no model "pets".' } }),
) {}

export class V2Server extends createZodDto(
  z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) }).meta({
    example: {
      name: 'coatrack',
      version: '0.1.0',
      extensions: ['binary_tensor_data', 'classification', 'model_repository', 'statistics'],
    },
  }),
) {}

const tensorSchema = z.object({
  name: z.string(),
  datatype: z.string(),
  shape: z.array(z.int()).describe('-1: any number'),
});

export class V2Model extends createZodDto(
  z
    .object({
      name: z.string().describe('Name as in the path'),
      versions: z.array(z.string()),
      platform: z.enum(['coatrack_safetensors', 'onnxruntime_onnx']),
      inputs: z
        .array(tensorSchema)
        .describe(
          'A request has one of them: `images`, normalised, in this shape or as [n, size, size, 3], or `encoded_images`, image files',
        ),
      outputs: z.array(tensorSchema),
      parameters: z
        .object({
          version: z.string().describe('The version described here'),
          architecture: z.string(),
          labels: z.string().describe('JSON: a list of the labels, in the order of the classes'),
          preprocessing: z
            .string()
            .describe(
              'JSON: how to turn an image into `images`; mean and std apply to values in [0, 1]',
            ),
        })
        .describe("Values are strings, numbers or booleans, as the protocol's parameters are"),
    })
    .meta({
      example: {
        name: 'pets-b0',
        versions: ['1'],
        platform: 'coatrack_safetensors',
        inputs: [
          { name: 'images', datatype: 'FP32', shape: [-1, 3, 224, 224] },
          { name: 'encoded_images', datatype: 'BYTES', shape: [-1] },
        ],
        outputs: [
          { name: 'logits', datatype: 'FP32', shape: [-1, 2] },
          { name: 'probabilities', datatype: 'FP32', shape: [-1, 2] },
        ],
        parameters: {
          version: '1',
          architecture: 'efficientnetv2_b0',
          labels: '["cat","dog"]',
          preprocessing: '{"imageSize":224,"mean":[0.5,0.5,0.5],"std":[0.5,0.5,0.5]}',
        },
      },
    }),
) {}

export class V2ModelReady extends createZodDto(
  z
    .object({ name: z.string(), ready: z.boolean() })
    .meta({ example: { name: 'pets-b0', ready: true } }),
) {}

export class V2ServerLive extends createZodDto(
  z.object({ live: z.literal(true) }).meta({ example: { live: true } }),
) {}

export class V2ServerReady extends createZodDto(
  z.object({ ready: z.boolean() }).meta({ example: { ready: true } }),
) {}

export class V2RepositoryEntry extends createZodDto(
  z
    .object({
      name: z.string(),
      version: z.string(),
      state: z
        .enum(['READY', 'LOADING', 'UNLOADING', 'UNAVAILABLE'])
        .describe('UNAVAILABLE: not loaded; a request for it loads it'),
      reason: z.string(),
    })
    .meta({ example: { name: 'pets-b0', version: '1', state: 'READY', reason: '' } }),
) {}

export class V2Load extends createZodDto(
  z
    .object({ name: z.string(), load: z.literal(true) })
    .meta({ example: { name: 'pets-b0', load: true } }),
) {}

export class V2Unload extends createZodDto(
  z
    .object({ name: z.string(), unload: z.literal(true) })
    .meta({ example: { name: 'pets-b0', unload: true } }),
) {}

export class V2IndexRequest extends createZodDto(
  z.object({ ready: z.boolean().default(false).describe('List only models that are ready') }),
) {}

export class V2LoadRequest extends createZodDto(
  z.object({
    parameters: z.strictObject({}, 'takes no parameters').optional(),
  }),
) {}

export class V2UnloadRequest extends createZodDto(
  z.object({
    parameters: z
      .strictObject({
        unload_dependents: z
          .boolean()
          .optional()
          .describe('Has no effect: models have no dependents'),
      })
      .optional(),
  }),
) {}

const duration = z.object({
  count: z.int(),
  ns: z.int().describe('Total in nanoseconds'),
});

export class V2Statistics extends createZodDto(
  z
    .object({
      model_stats: z.array(
        z.object({
          name: z.string(),
          version: z.string(),
          last_inference: z.int().describe('ms since 1970; 0: never'),
          inference_count: z.int().describe('Images'),
          execution_count: z.int().describe('Batches'),
          inference_stats: z.object({
            success: duration.describe('Requests'),
            fail: duration.describe('Requests'),
            queue: duration.describe('Waits for the engine'),
            compute_input: duration.describe('Images decoded'),
            compute_infer: duration.describe('Batches'),
            compute_output: duration,
            cache_hit: duration,
            cache_miss: duration,
          }),
          batch_stats: z.array(
            z.object({
              batch_size: z.int(),
              compute_input: duration,
              compute_infer: duration,
              compute_output: duration,
            }),
          ),
        }),
      ),
    })
    .meta({
      example: {
        model_stats: [
          {
            name: 'pets-b0',
            version: '1',
            last_inference: 1_767_225_600_000,
            inference_count: 9,
            execution_count: 2,
            inference_stats: {
              success: { count: 9, ns: 412_000_000 },
              fail: { count: 0, ns: 0 },
              queue: { count: 9, ns: 98_000_000 },
              compute_input: { count: 9, ns: 27_000_000 },
              compute_infer: { count: 2, ns: 71_000_000 },
              compute_output: { count: 0, ns: 0 },
              cache_hit: { count: 0, ns: 0 },
              cache_miss: { count: 0, ns: 0 },
            },
            batch_stats: [
              {
                batch_size: 1,
                compute_input: { count: 0, ns: 0 },
                compute_infer: { count: 1, ns: 9_000_000 },
                compute_output: { count: 0, ns: 0 },
              },
              {
                batch_size: 8,
                compute_input: { count: 0, ns: 0 },
                compute_infer: { count: 1, ns: 62_000_000 },
                compute_output: { count: 0, ns: 0 },
              },
            ],
          },
        ],
      },
    }),
) {}
