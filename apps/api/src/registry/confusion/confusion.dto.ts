import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { share } from '../models/model.dto';
import { classWindow, windowLimit } from './class-window';

export class ConfusionQuery extends createZodDto(
  z.strictObject({
    classes: z
      .string()
      .transform(classWindow)
      .optional()
      .describe(
        `Only images of these classes: up to ${windowLimit} indices into the version's labels, like \`3,17,40-59\``,
      ),
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(500)
      .default(20)
      .describe('Of the pairs, and of the classes'),
  }),
) {}

const index = z.int().describe("Index into the version's labels");

export class ModelConfusion extends createZodDto(
  z
    .object({
      classes: z.int().describe('How many the version knows'),
      images: z.int().describe('It was validated on; 0: the version was not trained here'),
      pairs: z
        .array(
          z.object({
            actual: index,
            actualLabel: z.string(),
            predicted: index,
            predictedLabel: z.string(),
            count: z.int(),
            share: share.describe('Of the images of the true class'),
          }),
        )
        .describe('Classes that were taken for another, the most frequent pair first'),
      recall: z
        .array(
          z.object({
            class: index,
            label: z.string(),
            images: z.int(),
            correct: z.int(),
            recall: share,
          }),
        )
        .describe('Classes by the share of their images that was named right, lowest first'),
      matrix: z
        .object({
          classes: z.array(index),
          labels: z.array(z.string()),
          counts: z.array(z.array(z.int())).describe('[true class][predicted class]'),
        })
        .nullable()
        .describe(
          `Counts among the classes of the query; without these, among all where there are at most ${windowLimit}, else null`,
        ),
    })
    .meta({
      example: {
        classes: 2,
        images: 44,
        pairs: [
          {
            actual: 1,
            actualLabel: 'rose',
            predicted: 0,
            predictedLabel: 'daisy',
            count: 2,
            share: 0.1,
          },
        ],
        recall: [
          { class: 1, label: 'rose', images: 20, correct: 18, recall: 0.9 },
          { class: 0, label: 'daisy', images: 24, correct: 24, recall: 1 },
        ],
        matrix: {
          classes: [0, 1],
          labels: ['daisy', 'rose'],
          counts: [
            [24, 0],
            [2, 18],
          ],
        },
      },
    }),
) {}
