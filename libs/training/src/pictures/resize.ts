import type { Preprocessing } from '@coatrack/models';
import sharp, { type Sharp } from 'sharp';
import { openPicture, type Pixels, readPictureHeader, toPixels } from './decode';

/** Longer than this times the shorter side, only the middle of a picture is kept: a 1×60000 strip stays small. */
const maxAspect = 4;

const reduceKernels = { bicubic: 'cubic', bilinear: 'linear' } as const;

interface Size {
  width: number;
  height: number;
}

/**
 * Resizes the shorter side, or both when squashing, to imageSize / cropPercent as PIL does: from full size (shrinking
 * while decoding a JPEG would be faster, but moves pixels), antialiased, pixel centres aligned. libvips rounds in other
 * places: pixels differ from PIL's by half a level of 255 on average at most; how much was measured stands in docs/exports.md.
 * @throws PictureError
 */
export async function resizePicture(
  bytes: Uint8Array,
  { imageSize, cropPercent, cropMode, interpolation }: Preprocessing,
  { maxPixels }: { maxPixels?: number } = {},
): Promise<Pixels> {
  const { width, height } = await readPictureHeader(bytes, maxPixels);
  const shorter = Math.min(width, height);
  const squash = cropMode === 'squash';
  const kept = squash
    ? { width, height }
    : {
        width: Math.min(width, shorter * maxAspect),
        height: Math.min(height, shorter * maxAspect),
      };
  const side = Math.max(imageSize, Math.floor(imageSize / cropPercent));
  const resized = (length: number) => (squash ? side : Math.floor((side * length) / shorter));
  const target = { width: resized(kept.width), height: resized(kept.height) };
  const source = openPicture(bytes).extract({
    left: Math.floor((width - kept.width) / 2),
    top: Math.floor((height - kept.height) / 2),
    ...kept,
  });
  const reduced = {
    width: Math.min(kept.width, target.width),
    height: Math.min(kept.height, target.height),
  };
  const enlarges = target.width > reduced.width || target.height > reduced.height;
  if (enlarges && sameSize(reduced, kept)) return enlarge(source, kept, target, interpolation);
  const kernel = reduceKernels[interpolation];
  const options = { fit: 'fill', kernel, fastShrinkOnLoad: false } as const;
  const pixels = await toPixels(source.resize({ ...reduced, ...options }));
  return enlarges ? enlarge(pipelineOf(pixels), reduced, target, interpolation) : pixels;
}

function sameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}

function pipelineOf({ data, width, height }: Pixels): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** Pixels around the edge that interpolation looks at. */
const border = 3;

/**
 * libvips enlarges with pixel corners aligned, half a pixel off from everyone else: so the affine transform is spelt
 * out, with edges repeated around the picture for it to look at.
 */
async function enlarge(
  source: Sharp,
  from: Size,
  to: Size,
  interpolator: Preprocessing['interpolation'],
): Promise<Pixels> {
  const sides = { top: border, bottom: border, left: border, right: border };
  const padded = await toPixels(source.extend({ ...sides, extendWith: 'copy' }));
  const x = alignment(to.width / from.width);
  const y = alignment(to.height / from.height);
  const enlarged = await toPixels(
    pipelineOf(padded).affine([x.scale, 0, 0, y.scale], {
      interpolator,
      odx: x.offset,
      ody: y.offset,
    }),
  );
  return cut(enlarged, { left: x.first, top: y.first, ...to });
}

/** Output pixel `first` + i samples the padded source at border + (i + ½) / scale − ½. */
function alignment(scale: number): { scale: number; first: number; offset: number } {
  const first = Math.floor(border * scale);
  return { scale, first, offset: first - border * scale + (scale - 1) / 2 };
}

function cut(pixels: Pixels, area: Size & { left: number; top: number }): Pixels {
  const { left, top, width, height } = area;
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const start = ((top + y) * pixels.width + left) * 3;
    data.set(pixels.data.subarray(start, start + width * 3), y * width * 3);
  }
  return { data, width, height };
}
