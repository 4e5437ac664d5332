import type { Architecture } from './architecture';
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

/** All architectures: the papers', then the libraries' variants; by family and from small to large. */
export function listArchitectures(): readonly Architecture[] {
  return architectures;
}

/**
 * @param name the architecture's, or one of its aliases; a checkpoint's tag after a dot is passed over, so that
 *   `tf_efficientnetv2_s.in21k_ft_in1k` is found too
 * @throws UnknownArchitectureError, which lists what there is
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
 * @param size side of the square pictures, in pixels
 * @throws ImageSizeError when the network cannot look at pictures of this size
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
