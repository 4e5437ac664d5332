import type { OnnxSummary } from './onnx-summary';

/** Preprocessing within a graph, before its first layer. */
export type Rescaling =
  /** The normalisation that produces the expected values, in [0, 1] or [0, 255]. */
  | { mean: [number, number, number]; std: [number, number, number] }
  /** The expected range cannot be inferred. */
  | 'unclear';

/** Maxima of the possible ranges. */
const ranges = [1, 255];
/** Plausible widths of a normalised range: [0, 1], [−1, 1], ImageNet's, with a margin. */
const plausibleWidth = { least: 0.5, most: 12 } as const;
/** Maximum distance of its middle from 0. */
const plausibleMiddle = 4;
const maxChain = 16;

/**
 * Detects whether a graph begins with shifts and scales of its images, that is, normalises them itself.
 * @param input the images
 * @returns undefined if it begins with a layer
 */
export function rescalingOf(
  { affineSteps, constants }: OnnxSummary,
  input: string,
): Rescaling | undefined {
  let scale = [1, 1, 1];
  let shift = [0, 0, 0];
  let current = input;
  let isAffine = false;
  for (let step = 0; step < maxChain; step++) {
    const next = affineSteps.find(({ inputs }) => inputs.includes(current));
    if (!next) break;
    const { operator, inputs, output } = next;
    current = output;
    if (inputs.length === 1) continue;
    const isFirst = inputs[0] === next.inputs.find((name) => !constants.has(name));
    const values = perColour(constants.get(inputs[isFirst ? 1 : 0]));
    // Both inputs are computed, so this is no longer preprocessing.
    if (!constants.has(inputs[isFirst ? 1 : 0])) break;
    isAffine = true;
    if (!values || (operator === 'Div' && !isFirst)) return 'unclear';
    if (operator === 'Mul' || operator === 'Div') {
      const factors = operator === 'Mul' ? values : values.map((value) => 1 / value);
      scale = scale.map((value, colour) => value * factors[colour]);
      shift = shift.map((value, colour) => value * factors[colour]);
    } else {
      const sign = operator === 'Sub' ? -1 : 1;
      if (operator === 'Sub' && !isFirst) return 'unclear';
      shift = shift.map((value, colour) => value + sign * values[colour]);
    }
  }
  return isAffine ? inputRange(scale, shift) : undefined;
}

/** Returns one value per colour, from one value for all or one for each. */
function perColour(values: readonly number[] | undefined): number[] | undefined {
  if (values?.length === 1) return [values[0], values[0], values[0]];
  return values?.length === 3 ? [...values] : undefined;
}

/** Returns the input range for which shift and scale are plausible. */
function inputRange(scale: readonly number[], shift: readonly number[]): Rescaling {
  const fitting = ranges.filter((most) =>
    scale.every((factor, colour) => {
      const width = Math.abs(factor) * most;
      const middle = Math.abs((factor * most) / 2 + shift[colour]);
      const { least, most: widest } = plausibleWidth;
      return width >= least && width <= widest && middle <= plausibleMiddle;
    }),
  );
  if (fitting.length !== 1) return 'unclear';
  const [most] = fitting;
  return { mean: [0, 0, 0], std: [1 / most, 1 / most, 1 / most] };
}
