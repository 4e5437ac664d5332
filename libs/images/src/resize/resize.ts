import { decodeSmall, type RemarkedPixels, renderImage } from '../decode/decode';
import { storedArea, turnedSize, turnUpright } from '../decode/orientation';
import { type ImageHeader, readImageHeader } from '../decode/read-header';
import type { ImageRemark } from '../decode/remarks';
import { defaultMaxPixels } from '../limits';
import type { Area, Pixels, Size } from '../pixels';
import type { Preprocessing } from '../preprocessing';
import { resample } from './resample';

/** Longer than this times the shorter side, only the middle of an image is kept: a 1×60000 strip stays small. */
const maxAspect = 4;

/** Larger images are reduced while they are decoded: all their pixels would take much memory, and time of this thread. */
const wholePixels = 2 ** 20;

/** JPEGs of more pixels are shrunk while they are decoded. */
const shrunkPixels = defaultMaxPixels;

const reduceKernels = { bicubic: 'cubic', bilinear: 'linear' } as const;

/** An image decoded as far as resizing it needs. */
export interface DecodedImage {
  /** [height, width, 3]; of a large image what is kept of it, already reduced */
  pixels: Pixels;
  /** the part of `pixels` that is resized */
  kept: Area;
  /** of that part once it is resized */
  size: Size;
  remarks: readonly ImageRemark[];
}

/**
 * Decodes an image of which the shorter side, or both when squashing, will be resized to imageSize / cropPercent. Up to a
 * megapixel is decoded whole. More is reduced on the way by libvips, from full size: shrinking while decoding a JPEG would be
 * faster, but moves pixels. Those differ from PIL's by half a level of 255 on average at most, as measured in docs/exports.md.
 * @param maxPixels largest width × height, before it is decoded
 * @throws ImageError
 */
export async function decodeToResize(
  bytes: Uint8Array,
  { imageSize, cropPercent, cropMode, interpolation }: Preprocessing,
  maxPixels?: number,
): Promise<DecodedImage> {
  const small = await decodeSmall(bytes, Math.min(wholePixels, maxPixels ?? wholePixels));
  const header = small ? undefined : await readImageHeader(bytes, maxPixels);
  const { width, height } = small ?? header!;
  const shorter = Math.min(width, height);
  const squash = cropMode === 'squash';
  const longest = squash ? Infinity : shorter * maxAspect;
  const kept = middleOf({ width, height }, longest);
  const side = Math.max(imageSize, Math.floor(imageSize / cropPercent));
  const resized = (length: number) => (squash ? side : Math.floor((side * length) / shorter));
  const size = { width: resized(kept.width), height: resized(kept.height) };
  if (small) return { pixels: small, kept, size, remarks: small.remarks };
  const pixels = await reduceImage(bytes, header!, { kept, target: size, interpolation });
  return { pixels, kept: whole(pixels), size, remarks: pixels.remarks };
}

/**
 * Returns the image at the size that it will be resized to, where that has fewer pixels: the same views of it then take less
 * memory and time.
 */
export function reduceDecoded(
  decoded: DecodedImage,
  interpolation: Preprocessing['interpolation'],
): DecodedImage {
  const { kept, size, remarks } = decoded;
  if (size.width * size.height >= kept.width * kept.height) return decoded;
  const pixels = resizeDecoded(decoded, interpolation);
  return { pixels, kept: whole(size), size, remarks };
}

/**
 * Resizes a decoded image as PIL does, to the bit.
 * @param area of the resized image that is wanted; left out, all of it
 * @returns pixels of their own
 */
export function resizeDecoded(
  { pixels, kept, size }: DecodedImage,
  interpolation: Preprocessing['interpolation'],
  area: Area = whole(size),
): Pixels {
  if (kept.width === size.width && kept.height === size.height) return cut(pixels, kept, area);
  return resample(pixels, kept, size, area, interpolation);
}

/**
 * Decodes a part of an image, reduced on the way where it is large. It is turned upright afterwards only: turned before, a
 * image is in memory whole.
 */
async function reduceImage(
  bytes: Uint8Array,
  header: ImageHeader,
  options: { kept: Area; target: Size; interpolation: Preprocessing['interpolation'] },
): Promise<RemarkedPixels> {
  const { kept, target, interpolation } = options;
  const { orientation } = header;
  const isWhole = kept.width === header.width && kept.height === header.height;
  const isLarge = kept.width * kept.height > wholePixels;
  const size = turnedSize(
    {
      width: Math.min(kept.width, target.width),
      height: Math.min(kept.height, target.height),
    },
    orientation,
  );
  const stored = await renderImage(bytes, header, (pipeline) => {
    const isHuge = header.width * header.height > shrunkPixels;
    // A part is never shrunk while it is decoded; nor is the whole, for it moves pixels, unless it must be.
    if (!isWhole || !isHuge) pipeline.extract(storedArea(kept, header, orientation));
    return isLarge
      ? pipeline.resize({
          ...size,
          fit: 'fill',
          kernel: reduceKernels[interpolation],
          fastShrinkOnLoad: isHuge,
        })
      : pipeline;
  });
  return { ...turnUpright(stored, orientation), remarks: stored.remarks };
}

/** Copies a part of the kept part of an image. */
function cut({ data, width }: Pixels, kept: Area, area: Area): Pixels {
  const row = area.width * 3;
  const part = new Uint8Array(area.height * row);
  for (let y = 0; y < area.height; y++) {
    const from = ((kept.top + area.top + y) * width + kept.left + area.left) * 3;
    part.set(data.subarray(from, from + row), y * row);
  }
  return { data: part, width: area.width, height: area.height };
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
