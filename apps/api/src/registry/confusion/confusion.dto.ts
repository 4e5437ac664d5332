import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { share } from '../catalogue/catalogue.dto';
import { labelIndexSchema } from '../models/model.dto';

/** Maximum number of classes in a heat map; more are not readable. */
export const windowLimit = 64;

/** Reads indices and ranges like `3,17,40-59`; returns them sorted, each once. */
export function classWindow(text: string, context: z.RefinementCtx): number[] {
  const ranges = text.split(',').map((word) => /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(word.trim()));
  const wanted = new Set<number>();
  for (const range of ranges) {
    const first = Number(range?.[1] ?? NaN);
    const last = Number(range?.[2] ?? first);
    if (!(first <= last)) return refuse(context, 'must be indices and ranges like 3,17,40-59');
    for (let index = first; index <= last && wanted.size <= windowLimit; index++) wanted.add(index);
  }
  if (wanted.size > windowLimit) return refuse(context, `must name at most ${windowLimit} classes`);
  return [...wanted].sort((a, b) => a - b);
}

function refuse(context: z.RefinementCtx, message: string): never {
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}

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
      .describe('Maximum number of pairs, and of classes'),
  }),
) {}

export class ModelConfusion extends createZodDto(
  z
    .object({
      classes: z.int().describe('Number of classes of the version'),
      images: z
        .int()
        .describe('Number of validation images; 0 if the version was not trained here'),
      pairs: z
        .array(
          z.object({
            actual: labelIndexSchema,
            actualLabel: z.string(),
            predicted: labelIndexSchema,
            predictedLabel: z.string(),
            count: z.int(),
            share: share.describe('Share of the images of the true class'),
          }),
        )
        .describe('Pairs of confused classes, the most frequent first'),
      recall: z
        .array(
          z.object({
            class: labelIndexSchema,
            label: z.string(),
            images: z.int(),
            correct: z.int(),
            recall: share,
          }),
        )
        .describe(
          'Classes by the share of their images that was classified correctly, lowest first',
        ),
      matrix: z
        .object({
          classes: z.array(labelIndexSchema),
          labels: z.array(z.string()),
          counts: z.array(z.array(z.int())).describe('[true class][predicted class]'),
        })
        .nullable()
        .describe(
          `Counts among the classes of the query; by default among all classes if there are at most ${windowLimit}, else null`,
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
