import {
  type Architecture,
  checkOnnxArchitecture,
  type OnnxClassifier,
  type Preprocessing,
  readOnnxClassifier,
} from '@coatrack/models';
import { preprocessingSchema } from '../architectures/architecture.dto';
import type { StagedBlob } from '../blobs/blob-store';
import { invalidRequest, parseOrFail } from '../errors/invalid-request';
import { architectureOf, checkSize } from './checked-architecture';
import { VersionConfig } from './model.dto';
import type { NewVersion } from './model-registry';
import { explainWeights, invalidLabels, labelsPublishedFor } from './weights-errors';

/**
 * From an uploaded ONNX classifier to a version that is only served. What the form leaves out is taken from the file
 * where it was exported here.
 * @throws DomainError INVALID_REQUEST, UNKNOWN_ARCHITECTURE, INVALID_WEIGHTS, INVALID_LABELS
 */
export async function onnxVersion(
  weights: StagedBlob,
  config: VersionConfig,
): Promise<Omit<NewVersion, 'model'>> {
  try {
    const classifier = await readOnnxClassifier(weights.path);
    const whole = parseOrFail(
      VersionConfig.schema,
      { ...classifier.described, ...config },
      'config',
    );
    const { replaceHead, ...given } = whole;
    if (replaceHead) {
      const message = 'is for weights: an ONNX model is served as it is';
      throw invalidRequest([{ where: 'config.replaceHead', message }]);
    }
    const architecture = architectureOf(given.architecture);
    checkOnnxArchitecture(weights.path, classifier, architecture);
    return {
      ...given,
      architecture: architecture.name,
      labels: labelsOf(classifier, given.labels),
      preprocessing: preprocessingOf(classifier, architecture, given.preprocessing),
      format: 'onnx',
      weights,
    };
  } catch (error) {
    return explainWeights(error, 'weights');
  }
}

function labelsOf({ classes }: OnnxClassifier, labels?: string[]): string[] {
  if (labels && labels.length !== classes) {
    return invalidLabels(`there are ${labels.length} labels, but the model has ${classes} classes`);
  }
  return labels ?? labelsPublishedFor(classes);
}

function preprocessingOf(
  { imageSize }: OnnxClassifier,
  architecture: Architecture,
  given?: Preprocessing,
): Preprocessing {
  if (!given) {
    const usual = architecture.preprocessing;
    const own = { ...usual, imageSize: imageSize ?? usual.imageSize };
    return parseOrFail(preprocessingSchema, own, 'config.preprocessing');
  }
  if (imageSize !== null && imageSize !== given.imageSize) {
    const message = `must be ${imageSize}, the side of the pictures that the model takes`;
    throw invalidRequest([{ where: 'config.preprocessing.imageSize', message }]);
  }
  checkSize(architecture, given.imageSize);
  return given;
}
