import type { Architecture, Checkpoint } from './architecture';
import { ImageSizeError, UnknownArchitectureError } from '../errors';
import { coAtNet } from './coatnet/published';
import { coAtNetVariants } from './coatnet/variants';
import { efficientNetV2 } from './efficientnetv2/published';
import { efficientNetV2Variants } from './efficientnetv2/variants';

const architectures: readonly Architecture[] = [
  ...efficientNetV2,
  ...coAtNet,
  ...efficientNetV2Variants,
  ...coAtNetVariants,
].map((parts) => ({
  ...parts,
  forward: (net, images, options) => parts.head(net, parts.features(net, images), options),
}));

const byName = new Map(
  architectures.flatMap((architecture) =>
    [architecture.name, ...architecture.aliases].map((name) => [name, architecture] as const),
  ),
);

/** Lists all architectures: the papers', then the libraries' variants, by family and from small to large. */
export function listArchitectures(): readonly Architecture[] {
  return architectures;
}

/**
 * Finds an architecture.
 * @param name its name or an alias; a checkpoint's tag after a dot is ignored, as in `tf_efficientnetv2_s.in21k_ft_in1k`
 * @throws UnknownArchitectureError, which lists the known ones
 */
export function findArchitecture(name: string): Architecture {
  const found = byName.get(name.split('.', 1)[0]);
  if (found) return found;
  throw new UnknownArchitectureError(
    name,
    architectures.map((architecture) => architecture.name),
  );
}

/**
 * @param size side of the square images, in pixels
 * @throws ImageSizeError when the network does not accept images of this size
 */
export function checkImageSize(architecture: Architecture, size: number): void {
  const { minimum, multipleOf } = architecture.imageSizes;
  if (Number.isInteger(size) && size >= minimum && size % multipleOf === 0) return;
  const kind = multipleOf === 1 ? 'a whole number' : `a multiple of ${multipleOf}`;
  throw new ImageSizeError(
    size,
    `${architecture.title} needs an image size that is ${kind}, at least ${minimum}; ${size} is not.`,
  );
}

/** Published weights with their network. */
export interface CatalogueEntry {
  architecture: Architecture;
  checkpoint: Checkpoint;
}

const entries: readonly CatalogueEntry[] = listArchitectures().flatMap((architecture) =>
  architecture.checkpoints.map((checkpoint) => ({ architecture, checkpoint })),
);

/** Lists all published weights, in the order of the architectures. */
export function listCheckpoints(): readonly CatalogueEntry[] {
  return entries;
}

export function findCheckpoint(name: string): CatalogueEntry | undefined {
  return entries.find(({ checkpoint }) => checkpoint.name === name);
}

/** @param hub a repository's name on the Hugging Face Hub */
export function findHubCheckpoint(hub: string): CatalogueEntry | undefined {
  return entries.find(({ checkpoint: { location } }) => 'hub' in location && location.hub === hub);
}

/**
 * Returns the stated ImageNet-1k top-1 accuracy in [0, 1] by source: the paper's for a network trained and evaluated in the
 * same way, the publisher's for these weights.
 */
export function statedAccuracy({ architecture, checkpoint }: CatalogueEntry): {
  paper?: number;
  publisher?: number;
} {
  const { classes, pretraining, preprocessing, publisherTop1 } = checkpoint;
  const paper =
    architecture.source === 'paper' && classes === 1000
      ? architecture.published.accuracies.find(
          (stated) =>
            stated.pretraining === pretraining && stated.imageSize === preprocessing.imageSize,
        )
      : undefined;
  return {
    ...(paper ? { paper: paper.top1 } : {}),
    ...(publisherTop1 === undefined ? {} : { publisher: publisherTop1 }),
  };
}
