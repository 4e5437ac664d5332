import type { Area, Pixels } from '../../pixels';
import { copied } from './scratch';

/** [a, b, c, d, e, f]: the pixel at (x, y) comes from (a·x + b·y + c, d·x + e·y + f), both between pixels. */
type Matrix = readonly [number, number, number, number, number, number];

/** PIL's 16.16 fixed point. */
const one = 2 ** 16;

/**
 * Transforms an image as PIL's Image.transform with AFFINE and NEAREST does (Geometry.c, affine_fixed).
 * @param fill level of pixels that come from outside the image
 */
function transform({ data, width, height }: Pixels, matrix: Matrix, fill: number): void {
  const [a, b, c, d, e, f] = matrix;
  const fixed = (value: number) => Math.floor(value * one + 0.5);
  const [xx, xy, yx, yy] = [fixed(a), fixed(b), fixed(d), fixed(e)];
  let rowX = fixed(c + a * 0.5 + b * 0.5);
  let rowY = fixed(f + d * 0.5 + e * 0.5);
  const source = copied(data);
  let to = 0;
  for (let y = 0; y < height; y++) {
    let fromX = rowX;
    let fromY = rowY;
    for (let x = 0; x < width; x++, to += 3) {
      const sourceX = fromX >> 16;
      const sourceY = fromY >> 16;
      if (sourceX >= 0 && sourceX < width && sourceY >= 0 && sourceY < height) {
        const from = (sourceY * width + sourceX) * 3;
        data[to] = source[from]!;
        data[to + 1] = source[from + 1]!;
        data[to + 2] = source[from + 2]!;
      } else {
        data[to] = data[to + 1] = data[to + 2] = fill;
      }
      fromX += xx;
      fromY += yx;
    }
    rowX += xy;
    rowY += yy;
  }
}

/** Rotates the image anticlockwise around its centre, as PIL's Image.rotate does. */
export function rotate(image: Pixels, degrees: number, fill: number): void {
  const angle = (-degrees * Math.PI) / 180;
  const rounded = (value: number) => Number(value.toFixed(15));
  const [cos, sin] = [rounded(Math.cos(angle)), rounded(Math.sin(angle))];
  const [x, y] = [image.width / 2, image.height / 2];
  const c = -cos * x - sin * y + x;
  const f = sin * x - cos * y + y;
  transform(image, [cos, sin, c, -sin, cos, f], fill);
}

/** Moves every row by `slope` times its distance from the top, to the left if the result is positive. */
export function shearX(image: Pixels, slope: number, fill: number): void {
  transform(image, [1, slope, 0, 0, 1, 0], fill);
}

/** Moves every column by `slope` times its distance from the left side, upwards if the result is positive. */
export function shearY(image: Pixels, slope: number, fill: number): void {
  transform(image, [1, 0, 0, slope, 1, 0], fill);
}

/** Moves the image to the right by whole pixels. */
export function translateX(image: Pixels, pixels: number, fill: number): void {
  transform(image, [1, 0, -pixels, 0, 1, 0], fill);
}

/** Moves the image down by whole pixels. */
export function translateY(image: Pixels, pixels: number, fill: number): void {
  transform(image, [1, 0, 0, 0, 1, -pixels], fill);
}

/** Mirrors the image left to right. */
export function mirror({ data, width, height }: Pixels): void {
  const row = width * 3;
  for (let start = 0; start < height * row; start += row) {
    for (let left = start, right = start + row - 3; left < right; left += 3, right -= 3) {
      for (let channel = 0; channel < 3; channel++) {
        const value = data[left + channel]!;
        data[left + channel] = data[right + channel]!;
        data[right + channel] = value;
      }
    }
  }
}

/** Mirrors the image top to bottom. */
export function turnOver({ data, width, height }: Pixels): void {
  const row = width * 3;
  const source = copied(data);
  for (let y = 0; y < height; y++) {
    data.set(source.subarray(y * row, (y + 1) * row), (height - 1 - y) * row);
  }
}

/** Sets a part of the image to one level. */
export function blank({ data, width }: Pixels, area: Area, fill: number): void {
  for (let y = area.top; y < area.top + area.height; y++) {
    const start = (y * width + area.left) * 3;
    data.fill(fill, start, start + area.width * 3);
  }
}
