import { decodeSmall, type RemarkedPixels, renderImage } from '../decode/decode';
import { storedArea, turnedSize, turnUpright } from '../decode/orientation';
import { type ImageHeader, readImageHeader } from '../decode/read-header';
import type { ImageRemark } from '../decode/remarks';
import { defaultMaxPixels } from '../limits';
import type { Area, Pixels, Size } from '../pixels';
import type { Preprocessing } from '../preprocessing';
import { resample } from './resample';

/**
 * Maximum ratio of the longer to the shorter side. Beyond it only the middle of an image is kept, so a 1×60000 strip stays
 * small.
 */
const maxAspect = 4;

/** Images with more pixels are reduced while they are decoded, which saves memory and time on this thread. */
const wholePixels = 2 ** 20;

/** JPEGs with more pixels are shrunk while they are decoded. */
const shrunkPixels = defaultMaxPixels;

const reduceKernels = { bicubic: 'cubic', bilinear: 'linear' } as const;

/** An image decoded only as far as resizing it needs. */
export interface DecodedImage {
  /** [height, width, 3]; for a large image only the kept part, already reduced */
  pixels: Pixels;
  /** the part of `pixels` that is resized */
  kept: Area;
  /** size of that part after resizing */
  size: Size;
  remarks: readonly ImageRemark[];
}

/**
 * Decodes an image whose shorter side, or both sides when squashing, will be resized to imageSize / cropPercent.
 * Images of up to a megapixel are decoded whole. Larger ones are reduced by libvips, from full size: shrinking a JPEG while
 * decoding would be faster but moves pixels. Reduced pixels differ from PIL's by at most half a level of 255 on average, as
 * measured in docs/exports.md.
 * @param maxPixels largest width × height, checked before decoding
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

/** Returns the image at its resized size if that has fewer pixels. Its views stay the same but take less memory and time. */
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
 * @param area part of the resized image to return; all of it by default
 * @returns newly allocated pixels
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
 * Decodes a part of an image, reducing it on the way if it is large. Turns it upright only afterwards, because turning it first
 * needs the whole image in memory.
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
    // A part is never shrunk while it is decoded. Neither is the whole, unless it must be, because shrinking moves pixels.
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

/** Copies an area out of the kept part of an image. */
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
