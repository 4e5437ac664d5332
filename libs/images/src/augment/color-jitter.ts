import type { Pixels } from '../pixels';
import type { Draws } from '../random';
import { hue, saturation } from './operations/colour';
import { brightness, contrast } from './operations/levels';

const enhancements = [brightness, contrast, saturation];

/**
 * Changes brightness, contrast, saturation and hue in random order, as torchvision's ColorJitter does.
 * @param strength each of the first three is changed by a factor of 1 − strength to 1 + strength
 * @param turns maximum turn of the hue, either way
 */
export function jitterColors(
  image: Pixels,
  { strength, turns }: { strength: number; turns: number },
  draws: Draws,
): void {
  const steps = enhancements.map((apply) => {
    const factor = draws.uniform(Math.max(0, 1 - strength), 1 + strength);
    return () => strength > 0 && apply(image, factor);
  });
  const turn = draws.uniform(-turns, turns);
  steps.push(() => turns > 0 && hue(image, turn));
  while (steps.length > 0) steps.splice(draws.integer(steps.length), 1)[0]!();
}
