import { type Architecture, cost } from '@coatrack/models';
import { floatBytes, inGibibytes, NotEnoughMemoryError } from '../memory-need';

/**
 * Refuses a closed-form fit that does not fit into memory. It holds the features three times (as given, standardised, and in
 * the basis of the decomposition) and each image's scores twice. Memory that does not grow with the images is ignored.
 * @param available bytes that the process may use in all
 * @throws NotEnoughMemoryError with the number of images that would fit
 */
export function requireProbeMemory(
  { architecture, imageSize, classes, images }: PlannedProbe,
  available: number,
): void {
  const { tensors } = cost(architecture, { imageSize, classes });
  const features = tensors.find(({ head, layout }) => head && layout === 'dense')!.shape[1]!;
  const perImage = floatBytes * (3 * features + 2 * classes);
  const needed = images * perImage;
  if (needed <= available) return;
  const most = Math.floor(available / perImage);
  throw new NotEnoughMemoryError(
    `The features of ${images} images need about ${inGibibytes(needed)} of memory, and ${inGibibytes(available)} are available: up to ${most} images fit.`,
  );
}

interface PlannedProbe {
  architecture: Architecture;
  imageSize: number;
  classes: number;
  images: number;
}
