import { Injectable } from '@nestjs/common';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import type { Dataset } from '../dataset.dto';
import { DatasetsService } from '../datasets.service';
import type { NewImage } from '../pack';
import { DomainError } from '../../platform/errors/domain-error';
import { listEmoji, renderEmoji } from './emoji-images';

export class Sample extends createZodDto(
  z
    .object({
      name: z.string().describe('Also the name of the dataset created from it'),
      title: z.string(),
      description: z.string(),
      licence: z.string(),
      images: z.int(),
      classes: z.int(),
    })
    .meta({
      example: {
        name: 'emoji',
        title: 'Emoji',
        description: 'Faces, flags, food, nature and symbols, drawn 128 pixels wide.',
        licence: 'CC-BY 4.0 (Twemoji)',
        images: 500,
        classes: 5,
      },
    }),
) {}

interface SampleSource extends Omit<Sample, 'images' | 'classes'> {
  list(): Promise<{ class: string }[]>;
  images(): AsyncIterable<NewImage>;
}

const sources: readonly SampleSource[] = [
  {
    name: 'emoji',
    title: 'Emoji',
    description:
      'Faces, flags, food, nature (animals and plants) and symbols, drawn on white. The drawings are Twemoji, ' +
      'copyright Twitter and contributors, licensed under CC-BY 4.0.',
    licence: 'CC-BY 4.0',
    list: listEmoji,
    async *images() {
      yield* renderEmoji(await listEmoji());
    },
  },
];

/** Sample images for users who have none at hand. */
@Injectable()
export class SamplesService {
  constructor(private readonly datasets: DatasetsService) {}

  list(): Promise<Sample[]> {
    return Promise.all(
      sources.map(async ({ name, title, description, licence, list }) => {
        const entries = await list();
        const classes = new Set(entries.map((entry) => entry.class)).size;
        return { name, title, description, licence, images: entries.length, classes };
      }),
    );
  }

  /** @throws DomainError SAMPLE_NOT_FOUND, DATASET_EXISTS */
  async create(name: string): Promise<Dataset> {
    const source = sources.find((candidate) => candidate.name === name);
    if (!source) throw new DomainError('SAMPLE_NOT_FOUND', `There is no sample "${name}".`);
    return this.datasets.create(name, source.images(), () => ({
      skipped: [],
      warnings: [],
    }));
  }
}
