import { open } from 'node:fs/promises';
import { type Architecture } from '../../architectures/architecture';
import { checkImageSize } from '../../architectures/catalogue';
import { cost } from '../../interpreters/cost/cost';
import { ImageSizeError, WeightsFormatError } from '../../errors';
import { onnxFeatures } from '../../export/onnx/export-onnx';
import { dataTypes } from '../../export/onnx/onnx-proto';
import { maxModelBytes, producerName } from '../../export/onnx/write-model';
import { shown } from '../../weights/fail';
import { explained } from '../explained';
import { type OnnxSummary, type OnnxValue, summarize } from './onnx-summary';
import { type OwnDescription, ownDescription } from '../own-description';
import { ProtoFile } from './proto-file';
import { type Rescaling, rescalingOf } from './rescaling';

/** An ONNX image classifier. */
export interface OnnxClassifier {
  irVersion: number;
  opset: number;
  /** float32: [batch, 3, height, width] or [batch, height, width, 3] */
  input: { name: string; layout: 'NCHW' | 'NHWC' };
  /** float32 [batch, classes] */
  output: { name: string; values: 'logits' | 'probabilities' };
  /** Input of the final sigmoid, which makes independent probabilities; null if there is none. */
  sigmoid: { input: string } | null;
  /** Preprocessing within the graph; null if it begins with a layer. */
  rescaling: Rescaling | null;
  /** float32 [batch, features]: input of the classifier's last layer; null if the graph does not return it. */
  features: { name: string } | null;
  /** Fixed batch size; null if any is accepted. */
  batch: number | null;
  /** Side of the images in pixels; null if any is accepted. */
  imageSize: number | null;
  classes: number;
  /** Number of values in its weights. */
  parameters: number;
  metadata: Readonly<Record<string, string>>;
  /** Metadata of a file of exportOnnx; empty otherwise. */
  described: OwnDescription;
}

/** Oldest versions that runtimes support. */
const oldest = { irVersion: 3, opset: 7 } as const;
/**
 * Plausible number of values per parameter of an architecture: folded batch norms reduce it, biases expanded for every pair
 * of positions increase it.
 */
const plausible = { least: 0.8, most: 3 } as const;
/** Maximum fixed batch size; smaller batches must be padded to it. */
const maxBatch = 256;
const format = 'ONNX';

/**
 * Reads the inputs and outputs of an ONNX classifier. Weights are skipped, so an 800 MB file takes kilobytes of memory.
 * Nothing is run.
 * @throws WeightsFormatError if the file is malformed, not a classifier, or uses unsupported features: operators of other
 *   domains, custom functions, nested graphs, data in other files
 */
export async function readOnnxClassifier(path: string): Promise<OnnxClassifier> {
  const summary = await readOnnxSummary(path);
  return explained(path, format, async () => {
    const [outside] = summary.external;
    if (outside) {
      const location = shown(outside.entries.get('location') ?? '');
      throw new RangeError(
        `it keeps weights in another file, "${location}": upload that file too, or save them in the file itself: onnx.save(model, path, save_as_external_data=False)`,
      );
    }
    return classifierOf(summary);
  });
}

/**
 * Reads an ONNX file without its weights.
 * @throws WeightsFormatError when it is malformed, or uses features that a server must not run
 */
export async function readOnnxSummary(path: string): Promise<OnnxSummary> {
  return explained(path, format, async () => {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size > maxModelBytes) {
        throw new RangeError(
          `it has ${size} bytes, more than the ${maxModelBytes} of an ONNX file`,
        );
      }
      return await summarize(new ProtoFile(file, size));
    } finally {
      await file.close();
    }
  });
}

/**
 * Checks that a classifier can be of the given architecture.
 * @param path for the error
 * @throws WeightsFormatError when it cannot be
 */
export function checkOnnxArchitecture(
  path: string,
  { imageSize, classes, parameters, described }: OnnxClassifier,
  architecture: Architecture,
): void {
  const fail = (reason: string) => new WeightsFormatError(path, format, reason);
  const { title, trainImageSize } = architecture;
  if (described.architecture && described.architecture !== architecture.name) {
    throw fail(`it says that it is ${described.architecture}, not ${architecture.name}`);
  }
  try {
    if (imageSize !== null) checkImageSize(architecture, imageSize);
  } catch (error) {
    throw error instanceof ImageSizeError ? fail(error.message) : error;
  }
  const expected = cost(architecture, { imageSize: trainImageSize, classes }).parameters;
  const share = parameters / expected;
  if (share < plausible.least || share > plausible.most) {
    throw fail(
      `its weights are ${parameters} numbers; ${title} of ${classes} classes has ${expected} parameters`,
    );
  }
}

function classifierOf(summary: OnnxSummary): OnnxClassifier {
  const { irVersion, opset, initializers, metadata, parameters } = summary;
  if (irVersion < oldest.irVersion)
    throw new RangeError(`its IR version is ${irVersion}, not 3 or more`);
  if (opset === undefined) throw new RangeError("it does not name a version of ONNX's operators");
  if (opset < oldest.opset) throw new RangeError(`its operator set is ${opset}, not 7 or more`);
  // Old files also list constants as inputs.
  const inputs = summary.inputs.filter(({ name }) => !initializers.has(name));
  const input = only(inputs, 'input, the images');
  const features = featuresOf(summary.outputs);
  const others = summary.outputs.filter((output) => output !== features);
  const output = only(others, 'output, the classes');
  const { batch, imageSize, layout } = imagesOf(input);
  const [outputBatch, classes] = dimsOf(output, 2, '[batch, classes]');
  if (classes === null)
    throw new RangeError(`"${output.name}" does not declare its number of classes`);
  if (outputBatch !== null && outputBatch !== batch) {
    throw new RangeError(`"${output.name}" is for ${outputBatch} images, "${input.name}" is not`);
  }
  const last = lastStep(output.name, summary);
  const described = summary.producer === producerName ? ownDescription(metadata) : {};
  if (described.labels && described.labels.length !== classes) {
    throw new RangeError(`it has ${described.labels.length} labels for ${classes} classes`);
  }
  return {
    irVersion,
    opset,
    batch,
    imageSize,
    classes,
    parameters,
    described,
    input: { name: input.name, layout },
    features: features ? { name: features.name } : null,
    output: { name: output.name, values: last.operator === 'Softmax' ? 'probabilities' : 'logits' },
    sigmoid: last.operator === 'Sigmoid' ? { input: last.input } : null,
    rescaling: rescalingOf(summary, input.name) ?? null,
    metadata: Object.fromEntries(metadata),
  };
}

function only(values: readonly OnnxValue[], what: string): OnnxValue {
  if (values.length === 1) return values[0];
  const listed = values.slice(0, 10).map(({ name }) => shown(name));
  const names = values.length ? `: ${listed.join(', ')}` : '';
  throw new RangeError(`it has ${values.length} instead of one ${what}${names}`);
}

/** Returns the features output, by the name that exportOnnx gives it. */
function featuresOf(outputs: readonly OnnxValue[]): OnnxValue | undefined {
  if (outputs.length < 2) return undefined;
  const features = outputs.find(({ name }) => name === onnxFeatures);
  if (features) dimsOf(features, 2, '[batch, features]');
  return features;
}

function imagesOf(input: OnnxValue) {
  const { name } = input;
  const dims = dimsOf(input, 4, '[batch, 3, height, width] or [batch, height, width, 3]');
  const [first, last] = [dims[1] === 3, dims[3] === 3];
  if (first === last) {
    const shape = dims.map((size) => size ?? '?').join(', ');
    throw new RangeError(`"${name}" [${shape}] does not show which axis has the 3 colours`);
  }
  const sides = first ? dims.slice(2) : dims.slice(1, 3);
  const known = sides.filter((side) => side !== null);
  if (new Set(known).size > 1) {
    throw new RangeError(`"${name}" takes images of ${known.join('×')} pixels, not squares`);
  }
  const [batch] = dims;
  if (batch !== null && batch > maxBatch) {
    throw new RangeError(`"${name}" takes ${batch} images at once, more than ${maxBatch}`);
  }
  const layout = first ? ('NCHW' as const) : ('NHWC' as const);
  return { batch, imageSize: known[0] ?? null, layout };
}

function dimsOf({ name, elementType, dims }: OnnxValue, rank: number, wanted: string) {
  if (elementType !== dataTypes.float32)
    throw new RangeError(`"${name}" is not of float32 numbers`);
  if (dims?.length !== rank) {
    const found = dims ? `has ${dims.length} axes` : 'has no shape';
    throw new RangeError(`"${name}" ${found}; it must be ${wanted}`);
  }
  if (dims.includes(0)) throw new RangeError(`"${name}" has an axis of no length`);
  return dims;
}

/** Returns the step that computes the output, such as a softmax or sigmoid, skipping nodes that change nothing. */
function lastStep(output: string, { lastSteps }: OnnxSummary): { operator: string; input: string } {
  const makesProbabilities = (operator: string) => operator === 'Softmax' || operator === 'Sigmoid';
  let step = lastSteps.get(output);
  for (let left = lastSteps.size; step && !makesProbabilities(step.operator) && left > 0; left--) {
    step = lastSteps.get(step.input);
  }
  return step ?? { operator: '', input: output };
}
