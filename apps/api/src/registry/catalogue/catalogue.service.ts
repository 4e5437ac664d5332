import {
  type Architecture as Definition,
  cost,
  listArchitectures,
  type CatalogueEntry,
  listCheckpoints,
  publishedLabels,
  statedAccuracy,
} from '@coatrack/models';
import { Injectable } from '@nestjs/common';
import type { Architecture, Checkpoint } from './catalogue.dto';

const imageNetClasses = 1000;

@Injectable()
export class ArchitecturesService {
  private architectures: Architecture[] | undefined;

  /** Lists the architectures. Their costs are computed once, as the catalogue never changes. */
  list(): Architecture[] {
    this.architectures ??= listArchitectures().map(presentArchitecture);
    return this.architectures;
  }
}

function presentArchitecture(architecture: Definition): Architecture {
  const { name, aliases, title, source, family } = architecture;
  const { trainImageSize, imageSizes, preprocessing, published } = architecture;
  const { imageSize } = preprocessing;
  const { parameters, macs } = cost(architecture, { imageSize, classes: imageNetClasses });
  return {
    name,
    aliases: [...aliases],
    title,
    source,
    family,
    parameters,
    macs,
    trainImageSize,
    imageSize,
    imageSizes,
    preprocessing,
    published: { ...published, accuracies: [...published.accuracies] },
  };
}

@Injectable()
export class PublishedWeightsService {
  private catalogue: Checkpoint[] | undefined;

  /** Lists the published weights. The list is made once, as the catalogue never changes. */
  list(): Checkpoint[] {
    this.catalogue ??= listCheckpoints().map(presentWeights);
    return this.catalogue;
  }
}

function presentWeights(entry: CatalogueEntry): Checkpoint {
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
