import type { Preprocessing } from '@coatrack/models';
import { decodeSmall, openPicture, type Pixels, readPictureHeader, toPixels } from './decode';
import { type Area, resample, type Size } from './resample';

/** Longer than this times the shorter side, only the middle of a picture is kept: a 1×60000 strip stays small. */
const maxAspect = 4;

/** Larger pictures are reduced while they are decoded: all their pixels would take much memory, and time of this thread. */
const wholePixels = 2 ** 20;

const reduceKernels = { bicubic: 'cubic', bilinear: 'linear' } as const;

/**
 * Resizes the shorter side, or both when squashing, to imageSize / cropPercent as PIL does, from full size (shrinking
 * while decoding a JPEG would be faster, but moves pixels): up to a megapixel to the bit, beyond that by libvips, whose
 * pixels differ by half a level of 255 on average at most; how much was measured stands in docs/exports.md.
 * @param choose which part of the resized picture is wanted; left out, all of it
 * @throws PictureError
 */
export async function resizePicture(
  bytes: Uint8Array,
  { imageSize, cropPercent, cropMode, interpolation }: Preprocessing,
  { maxPixels, choose = whole }: { maxPixels?: number; choose?: (size: Size) => Area } = {},
): Promise<Pixels> {
  const small = await decodeSmall(bytes, Math.min(wholePixels, maxPixels ?? wholePixels));
  const { width, height } = small ?? (await readPictureHeader(bytes, maxPixels));
  const shorter = Math.min(width, height);
  const squash = cropMode === 'squash';
  const longest = squash ? Infinity : shorter * maxAspect;
  const kept = middleOf({ width, height }, longest);
  const side = Math.max(imageSize, Math.floor(imageSize / cropPercent));
  const resized = (length: number) => (squash ? side : Math.floor((side * length) / shorter));
  const target = { width: resized(kept.width), height: resized(kept.height) };
  if (small) return resample(small, kept, target, choose(target), interpolation);
  const source = openPicture(bytes).extract(kept);
  if (kept.width * kept.height > wholePixels) {
    const kernel = reduceKernels[interpolation];
    source.resize({
      width: Math.min(kept.width, target.width),
      height: Math.min(kept.height, target.height),
      ...{ fit: 'fill', kernel, fastShrinkOnLoad: false },
    });
  }
  const pixels = await toPixels(source);
  return resample(pixels, whole(pixels), target, choose(target), interpolation);
}

function middleOf({ width, height }: Size, longest: number): Area {
  const kept = { width: Math.min(width, longest), height: Math.min(height, longest) };
  return {
    left: Math.floor((width - kept.width) / 2),
    top: Math.floor((height - kept.height) / 2),
    ...kept,
  };
}

function whole({ width, height }: Size): Area {
  return { left: 0, top: 0, width, height };
}
