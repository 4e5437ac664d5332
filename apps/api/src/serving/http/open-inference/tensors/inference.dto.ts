import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { inferenceRequestSchema } from './inference-request';

export class V2InferenceRequest extends createZodDto(
  inferenceRequestSchema.meta({
    example: {
      id: '42',
      inputs: [
        {
          name: 'encoded_images',
          shape: [1],
          datatype: 'BYTES',
          data: ['iVBORw0KGgoAAAANSUhEUgAAAAEA…'],
        },
      ],
      outputs: [{ name: 'probabilities', parameters: { classification: 2 } }],
    },
  }),
) {}

export class V2InferenceResponse extends createZodDto(
  z
    .object({
      model_name: z.string().describe('Name as in the path'),
      model_version: z.string(),
      id: z.string().optional().describe("The request's id"),
      outputs: z.array(
        z.object({
          name: z.string(),
          datatype: z.enum(['FP32', 'BYTES']),
          shape: z.array(z.int()),
          parameters: z.object({ binary_data_size: z.int() }).optional(),
          data: z
            .array(z.union([z.number(), z.string()]))
            .optional()
            .describe('Row by row'),
        }),
      ),
    })
    .meta({
      example: {
        model_name: 'pets-b0',
        model_version: '1',
        id: '42',
        outputs: [
          {
            name: 'probabilities',
            datatype: 'BYTES',
            shape: [1, 2],
            data: ['0.9399999976158142:0:cat', '0.05999999865889549:1:dog'],
          },
        ],
      },
    }),
) {}
