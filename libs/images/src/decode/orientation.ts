import type { Area, Pixels, Size } from '../pixels';

/** Returns whether an EXIF orientation swaps width and height: all from 5 on do. */
function swapsSides(orientation: number): boolean {
  return orientation >= 5;
}

/** Converts the size of an upright image to its stored size, or the other way round. */
export function turnedSize({ width, height }: Size, orientation: number): Size {
  return swapsSides(orientation) ? { width: height, height: width } : { width, height };
}

/** Returns the position of a part of the upright image in the stored image. */
export function storedArea(area: Area, upright: Size, orientation: number): Area {
  const left = isMirrored(orientation) ? upright.width - area.left - area.width : area.left;
  const top = isFlipped(orientation) ? upright.height - area.top - area.height : area.top;
  const { width, height } = turnedSize(area, orientation);
  return swapsSides(orientation)
    ? { left: top, top: left, width, height }
    : { left, top, width, height };
}

/** Turns decoded pixels upright. */
export function turnUpright(stored: Pixels, orientation: number): Pixels {
  if (orientation === 1) return stored;
  const { width, height } = turnedSize(stored, orientation);
  const data = new Uint8Array(stored.data.length);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 3) {
      const across = isMirrored(orientation) ? width - 1 - x : x;
      const down = isFlipped(orientation) ? height - 1 - y : y;
      const pixel = swapsSides(orientation)
        ? across * stored.width + down
        : down * stored.width + across;
      data[to] = stored.data[pixel * 3]!;
      data[to + 1] = stored.data[pixel * 3 + 1]!;
      data[to + 2] = stored.data[pixel * 3 + 2]!;
    }
  }
  return { data, width, height };
}

/** Returns whether left and right are swapped on the way from upright to stored, before sides are swapped. */
function isMirrored(orientation: number): boolean {
  return [2, 3, 6, 7].includes(orientation);
}

/** Returns whether top and bottom are swapped on the way from upright to stored, before sides are swapped. */
function isFlipped(orientation: number): boolean {
  return [3, 4, 7, 8].includes(orientation);
}
