import type { Architecture } from '../architecture';
import { ImageSizeError, UnknownArchitectureError } from '../errors';
import { coAtNet } from './coatnet-catalogue';
import { efficientNetV2 } from './efficientnetv2-catalogue';

const architectures: readonly Architecture[] = [...efficientNetV2, ...coAtNet].map((parts) => ({
  ...parts,
  forward: (net, images, options) => parts.head(net, parts.features(net, images), options),
}));

/** All architectures, by family and from small to large. */
export function listArchitectures(): readonly Architecture[] {
  return architectures;
}

/** @throws UnknownArchitectureError, which lists what there is */
export function findArchitecture(name: string): Architecture {
  const found = architectures.find((architecture) => architecture.name === name);
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
