import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

/** In [0, 1]. */
export const share = z.number().min(0).max(1);

const sharePerChannel = z.tuple([z.number(), z.number(), z.number()]);

export const preprocessingSchema = z.strictObject({
  imageSize: z.int().min(32).max(2048).describe('Side of the square input, in pixels'),
  cropPercent: z
    .number()
    .positive()
    .max(1)
    .describe("Share of the resized image's side that the centre crop keeps"),
  cropMode: z
    .enum(['center', 'squash'])
    .optional()
    .describe(
      'How an image is resized before the crop: keeping its proportions (center, the default), or not (squash)',
    ),
  interpolation: z.enum(['bicubic', 'bilinear']),
  mean: sharePerChannel.describe('Per RGB channel, of pixel values scaled to [0, 1]'),
  std: z
    .tuple([z.number().positive(), z.number().positive(), z.number().positive()])
    .describe('Per RGB channel, of pixel values scaled to [0, 1]'),
});

export const preprocessingExample = {
  imageSize: 224,
  cropPercent: 0.875,
  interpolation: 'bicubic' as const,
  mean: [0.485, 0.456, 0.406] satisfies [number, number, number],
  std: [0.229, 0.224, 0.225] satisfies [number, number, number],
};

const publishedSchema = z
  .object({
    source: z.string().describe('Paper and table, or library'),
    parameters: z.int().optional(),
    accuracies: z.array(
      z.object({
        top1: z.number().describe('ImageNet-1k, in [0, 1]'),
        imageSize: z.int(),
        pretraining: z.enum(['none', 'ImageNet-21k', 'JFT-300M', 'JFT-3B']),
        macs: z.number().optional(),
        note: z.string().optional(),
      }),
    ),
  })
  .describe('As stated and rounded by the paper or library');

export class Architecture extends createZodDto(
  z
    .object({
      name: z.string(),
      aliases: z.array(z.string()).describe('Other names; accepted wherever the name is'),
      title: z.string(),
      source: z
        .enum(['paper', 'timm', 'torchvision'])
        .describe("Origin of the network: a paper, or a library's variant"),
      family: z.enum(['efficientnetv2', 'coatnet']),
      parameters: z.int().describe('With 1000 classes'),
      macs: z.int().describe('Multiply-accumulates for one image of `imageSize`'),
      trainImageSize: z.int().describe("Image side in its publisher's training, in pixels"),
      imageSize: z.int().describe('Image side in evaluation, in pixels'),
      imageSizes: z
        .object({ minimum: z.int(), multipleOf: z.int() })
        .describe('Image sides that the network accepts'),
      preprocessing: preprocessingSchema,
      published: publishedSchema,
    })
    .meta({
      example: {
        name: 'efficientnetv2_b0',
        aliases: ['tf_efficientnetv2_b0'],
        title: 'EfficientNetV2-B0',
        source: 'paper',
        family: 'efficientnetv2',
        parameters: 7_139_704,
        macs: 722_000_000,
        trainImageSize: 192,
        imageSize: 224,
        imageSizes: { minimum: 32, multipleOf: 1 },
        preprocessing: preprocessingExample,
        published: {
          source: 'arXiv:2104.00298',
          parameters: 7_100_000,
          accuracies: [{ top1: 0.787, imageSize: 224, pretraining: 'none' }],
        },
      },
    }),
) {}

export const accuracySchema = z
  .object({
    paper: share.optional().describe("The paper's accuracy for this network"),
    publisher: share.optional().describe('Accuracy stated by the publisher of these weights'),
    measured: share.optional().describe('Measured here, on the validation images'),
  })
  .describe('Top-1 accuracy by source');

/** Published weights that `POST models/{name}/versions` accepts by name. */
export class Checkpoint extends createZodDto(
  z
    .object({
      name: z.string(),
      architecture: z.string(),
      title: z.string().describe('Name of the architecture'),
      family: z.enum(['efficientnetv2', 'coatnet']),
      publisher: z.enum(['timm', 'google', 'keras', 'torchvision']),
      location: z
        .union([z.object({ hub: z.string() }), z.object({ url: z.string() })])
        .describe('A repository of the Hugging Face Hub, or the URL of a file'),
      format: z.enum(['safetensors', 'pytorch', 'keras', 'tensorflow']),
      classes: z.int().describe('Number of outputs of its classifier'),
      labels: z.boolean().describe('Whether the names of its classes are included'),
      parameters: z.int(),
      licence: z.string().describe('SPDX identifier'),
      preprocessing: preprocessingSchema,
      pretraining: z
        .enum(['none', 'ImageNet-12k', 'ImageNet-21k'])
        .describe('Data the network was pretrained on before the data set of its classes'),
      accuracy: accuracySchema
        .omit({ measured: true })
        .describe('ImageNet-1k top-1 accuracy by source; absent if none is stated'),
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
