import type { OnnxSummary } from './onnx-summary';

/** What a graph itself does to images before its first layer. */
export type Rescaling =
  /** What its images are to be: values in [0, 1] or [0, 255], as the normalisation that makes them so. */
  | { mean: [number, number, number]; std: [number, number, number] }
  /** Something that says neither. */
  | 'unclear';

/** What the values of images reach. */
const ranges = [1, 255];
/** How wide a range may be once it is normalised for a network: [0, 1], [−1, 1], ImageNet's, and some room. */
const plausibleWidth = { least: 0.5, most: 12 } as const;
/** How far from 0 its middle may be then. */
const plausibleMiddle = 4;
const maxChain = 16;

/**
 * Finds out whether a graph begins with shifts and scales of its images, and so normalises them itself.
 * @param input the images
 * @returns undefined where it begins with a layer
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
    // Two tensors of the graph: that is no longer preprocessing.
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

/** One value for each colour: the same for all, or one each. */
function perColour(values: readonly number[] | undefined): number[] | undefined {
  if (values?.length === 1) return [values[0], values[0], values[0]];
  return values?.length === 3 ? [...values] : undefined;
}

/** The range that the shift and scale make a network's input of. */
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
