import {
  type CatalogueEntry,
  cost,
  listCheckpoints,
  publishedLabels,
  statedAccuracy,
} from '@coatrack/models';
import { Injectable } from '@nestjs/common';
import type { Checkpoint } from './catalogue.dto';

@Injectable()
export class PublishedWeightsService {
  private catalogue: Checkpoint[] | undefined;

  /** The catalogue never changes while the process runs. */
  list(): Checkpoint[] {
    this.catalogue ??= listCheckpoints().map(present);
    return this.catalogue;
  }
}

function present(entry: CatalogueEntry): Checkpoint {
  const { architecture, checkpoint } = entry;
  const { name, publisher, location, format, classes, licence } = checkpoint;
  const { preprocessing, pretraining } = checkpoint;
  const { imageSize } = preprocessing;
  return {
    name,
    architecture: architecture.name,
    title: architecture.title,
    family: architecture.family,
    publisher,
    location,
    format,
    classes,
    licence,
    labels: publishedLabels(classes) !== undefined,
    parameters: cost(architecture, { imageSize, classes }).parameters,
    preprocessing,
    pretraining,
    accuracy: statedAccuracy(entry),
  };
}
