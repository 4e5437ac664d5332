import type { Pixels } from '../../pixels';
import { clipped, sharesOfDifferences } from './blend';
import { copied } from './scratch';

/**
 * Changes sharpness as PIL's ImageEnhance.Sharpness does: 0 applies PIL's SMOOTH filter (a 3×3 kernel of ones with 5 in the
 * middle, over 13), 1 changes nothing. The outermost pixels stay unchanged.
 */
export function sharpness({ data, width, height }: Pixels, factor: number): void {
  const shares = sharesOfDifferences(factor);
  const source = copied(data);
  const row = width * 3;
  for (let y = 1; y < height - 1; y++) {
    const end = (y + 1) * row - 3;
    for (let at = y * row + 3; at < end; at++) {
      const above = at - row;
      const below = at + row;
      const sum =
        source[above - 3]! +
        source[above]! +
        source[above + 3]! +
        source[at - 3]! +
        5 * source[at]! +
        source[at + 3]! +
        source[below - 3]! +
        source[below]! +
        source[below + 3]!;
      // Rounds to nearest. 13 is odd, so no sum is halfway.
      const smooth = ((2 * sum + 13) / 26) | 0;
      data[at] = clipped(Math.fround(smooth + shares[source[at]! - smooth + 255]!));
    }
  }
}
