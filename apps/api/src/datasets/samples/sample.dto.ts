import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

export class Sample extends createZodDto(
  z
    .object({
      name: z.string().describe('Also the name of the dataset that it becomes'),
      title: z.string(),
      description: z.string(),
      licence: z.string(),
      pictures: z.int(),
      classes: z.int(),
    })
    .meta({
      example: {
        name: 'emoji',
        title: 'Emoji',
        description: 'Faces, flags, food, nature and symbols, drawn 128 pixels wide.',
        licence: 'CC-BY 4.0 (Twemoji)',
        pictures: 500,
        classes: 5,
      },
    }),
) {}
