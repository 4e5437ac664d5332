import {
  type Architecture,
  checkOnnxArchitecture,
  joinOnnx,
  type OnnxClassifier,
  type Preprocessing,
  readOnnxClassifier,
  WeightsFormatError,
  withTwoOutputs,
} from '@coatrack/models';
import { Injectable } from '@nestjs/common';
import { preprocessingSchema } from '../catalogue/catalogue.dto';
import { BlobStore, type StagedBlob } from '../../platform/blobs/blob-store';
import { invalidRequest, parseOrFail } from '../../platform/errors/invalid-request';
import type { UploadedFile } from '../../platform/forms/uploads';
import { architectureOf, checkSize, explainWeights } from './checked-architecture';
import { VersionConfig } from '../models/model.dto';
import type { NewVersion } from '../models/model-registry';
import { tryOnnx } from './onnx-trial';
import { distinctLabels, invalidLabels, labelsPublishedFor } from './labels';

/** Turns uploaded ONNX classifiers into versions that can only be served. */
@Injectable()
export class OnnxImporter {
  constructor(private readonly blobStore: BlobStore) {}

  /**
   * Imports a graph after a trial run. If the file was exported here, it supplies what the form omits.
   * @param others further files, which may contain the graph's weights
   * @throws DomainError INVALID_REQUEST, UNKNOWN_ARCHITECTURE, INVALID_WEIGHTS, INVALID_LABELS; leaves no file behind
   */
  async import(
    file: UploadedFile,
    others: readonly UploadedFile[],
    config: VersionConfig,
  ): Promise<Omit<NewVersion, 'model'>> {
    const staged: StagedBlob[] = [];
    try {
      const version = await this.versionOf(file, others, config, staged);
      for (const blob of staged.slice(0, -1)) await this.blobStore.discard(blob);
      return version;
    } catch (error) {
      for (const blob of staged) await this.blobStore.discard(blob);
      return explainWeights(error, 'weights');
    }
  }

  /** @param staged collects the written files; the last one is the version's */
  private async versionOf(
    file: UploadedFile,
    others: readonly UploadedFile[],
    config: VersionConfig,
    staged: StagedBlob[],
  ): Promise<Omit<NewVersion, 'model'>> {
    const stage = async (bytes: AsyncIterable<Uint8Array>): Promise<StagedBlob> => {
      const blob = await this.blobStore.stage(bytes);
      staged.push(blob);
      return blob;
    };
    const notes: string[] = [];
    let weights: StagedBlob = file;
    // A graph without its external weights is refused with advice.
    const joined = others.length > 0 ? await joinOnnx(file.path, others) : undefined;
    if (joined) {
      weights = await stage(joined);
      notes.push("The graph's external weights were merged into the file.");
    } else if (others.length > 0) {
      const reason = `${others.length + 1} files were uploaded, but this graph contains all its weights`;
      throw new WeightsFormatError(file.path, 'ONNX', reason);
    }
    const classifier = await readOnnxClassifier(weights.path);
    const whole = parseOrFail(
      VersionConfig.schema,
      { ...classifier.described, ...config },
      'config',
    );
    const { replaceHead, ...given } = whole;
    if (replaceHead) {
      const message = 'only applies to weights: an ONNX model is served unchanged';
      throw invalidRequest([{ where: 'config.replaceHead', message }]);
    }
    const architecture = architectureOf(given.architecture);
    checkOnnxArchitecture(weights.path, classifier, architecture);
    checkOutputs(weights.path, classifier);
    const labels = distinctLabels(labelsOf(classifier, given.labels));
    const prepared = preprocessingOf(classifier, architecture, given.preprocessing);
    notes.push(...labels.notes, ...prepared.notes);
    if (classifier.classes === 1) {
      weights = await stage(await withTwoOutputs(weights.path, classifier));
      const [no, yes] = labels.labels;
      notes.push(
        `The graph's single output p became two classes: "${yes}" with p, "${no}" with 1 − p.`,
      );
    }
    await tryOnnx(weights.path, prepared.preprocessing.imageSize);
    return {
      ...given,
      architecture: architecture.name,
      labels: labels.labels,
      preprocessing: prepared.preprocessing,
      format: 'onnx',
      notes,
      weights,
    };
  }
}

function checkOutputs(path: string, { sigmoid, classes }: OnnxClassifier): void {
  if (!sigmoid || classes === 1) return;
  const reason = `each of its ${classes} outputs comes from its own sigmoid, so it predicts several labels per image rather than one class; upload a model that ends in logits or a softmax`;
  throw new WeightsFormatError(path, 'ONNX', reason);
}

function labelsOf({ classes }: OnnxClassifier, labels?: string[]): string[] {
  if (classes === 1 && labels?.length === 2) return labels;
  if (classes === 1) {
    return invalidLabels(
      'the model has one output, which distinguishes two classes; give two labels, first for an output of 0, then for 1',
    );
  }
  if (labels && labels.length !== classes) {
    return invalidLabels(`there are ${labels.length} labels, but the model has ${classes} classes`);
  }
  return labels ?? labelsPublishedFor(classes);
}

function preprocessingOf(
  { imageSize, rescaling }: OnnxClassifier,
  architecture: Architecture,
  given?: Preprocessing,
): { preprocessing: Preprocessing; notes: string[] } {
  const where = 'config.preprocessing';
  if (given) {
    if (imageSize !== null && imageSize !== given.imageSize) {
      const message = `must be ${imageSize}, the image side that the model accepts`;
      throw invalidRequest([{ where: `${where}.imageSize`, message }]);
    }
    checkSize(architecture, given.imageSize);
    return { preprocessing: given, notes: [] };
  }
  if (rescaling === 'unclear') {
    const message =
      'is required: the graph begins by shifting or scaling its images, but it is not clear whether it expects values in [0, 1] or in [0, 255]';
    throw invalidRequest([{ where, message }]);
  }
  const usual = architecture.preprocessing;
  const own = { ...usual, imageSize: imageSize ?? usual.imageSize, ...rescaling };
  const preprocessing = parseOrFail(preprocessingSchema, own, where);
  if (!rescaling) return { preprocessing, notes: [] };
  const most = rescaling.std[0] === 1 ? 1 : 255;
  return {
    preprocessing,
    notes: [`The graph normalises images itself, so it receives values in [0, ${most}].`],
  };
}
