import { type Architecture as Definition, cost, listArchitectures } from '@coatrack/models';
import { Injectable } from '@nestjs/common';
import type { Architecture } from './catalogue.dto';

const imageNetClasses = 1000;

@Injectable()
export class ArchitecturesService {
  private catalogue: Architecture[] | undefined;

  /** The catalogue never changes while the process runs, so its costs are counted once. */
  list(): Architecture[] {
    this.catalogue ??= listArchitectures().map(present);
    return this.catalogue;
  }
}

function present(architecture: Definition): Architecture {
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
