import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { preprocessingExample, preprocessingSchema } from './architecture.dto';
import { accuracySchema } from '../models/model.dto';

/** Published weights that `POST models/{name}/versions` takes by name. */
export class Checkpoint extends createZodDto(
  z
    .object({
      name: z.string(),
      architecture: z.string(),
      title: z.string().describe("The architecture's"),
      family: z.enum(['efficientnetv2', 'coatnet']),
      publisher: z.enum(['timm', 'google', 'keras', 'torchvision']),
      location: z
        .union([z.object({ hub: z.string() }), z.object({ url: z.string() })])
        .describe('A repository of the Hugging Face Hub, or the address of a file'),
      format: z.enum(['safetensors', 'pytorch', 'keras', 'tensorflow']),
      classes: z.int().describe('Outputs of its classifier'),
      labels: z.boolean().describe('Whether the names of its classes come along'),
      parameters: z.int(),
      licence: z.string().describe('SPDX identifier'),
      preprocessing: preprocessingSchema,
      pretraining: z
        .enum(['none', 'ImageNet-12k', 'ImageNet-21k'])
        .describe('What the network had seen before the data set that its classes are of'),
      accuracy: accuracySchema
        .omit({ measured: true })
        .describe('ImageNet-1k top-1, each figure by who states it; absent where nobody does'),
    })
    .meta({
      example: {
        name: 'tf_efficientnetv2_b0.in1k',
        architecture: 'efficientnetv2_b0',
        title: 'EfficientNetV2-B0',
        family: 'efficientnetv2',
        publisher: 'timm',
        location: { hub: 'timm/tf_efficientnetv2_b0.in1k' },
        format: 'safetensors',
        classes: 1000,
        labels: true,
        parameters: 7_139_704,
        licence: 'Apache-2.0',
        preprocessing: preprocessingExample,
        pretraining: 'none',
        accuracy: { paper: 0.787, publisher: 0.7839 },
      },
    }),
) {}
