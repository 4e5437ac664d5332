import {
  type Architecture,
  classesOf,
  importWeights,
  type OpenedWeights,
  openWeights,
  validateWeights,
} from '@coatrack/models';
import { Injectable } from '@nestjs/common';
import { mkdir, rm } from 'node:fs/promises';
import { BlobStore, type StagedBlob } from '../blobs/blob-store';
import { explainWeights, invalidLabels, labelsPublishedFor } from './weights-errors';

export interface WeightsImport {
  /** One, or all files of a checkpoint, in any format; they stay. */
  files: readonly (StagedBlob & { name: string })[];
  /** What messages call them. */
  what: string;
  architecture: Architecture;
  /** Left out: those that are published for so many classes as the weights have. */
  labels?: string[];
  /** Starts a new classifier for the labels. */
  replaceHead?: boolean;
  /** Called after every tensor that had to be written; what it throws ends the import. */
  onTensor?(done: number, total: number): void;
}

export interface ImportedWeights {
  /** To be kept or discarded: one of the import's files where that fits as it is. */
  weights: StagedBlob;
  labels: string[];
}

/** A new classifier's random start: the same for everyone. */
const headSeed = 0;

/** From weights in any format to the safetensors file that a version keeps. */
@Injectable()
export class WeightsImporter {
  constructor(private readonly blobStore: BlobStore) {}

  /**
   * @throws DomainError INVALID_WEIGHTS with everything that doesn't fit, INVALID_LABELS; nothing is left then
   */
  async import(request: WeightsImport): Promise<ImportedWeights> {
    const temporaryFolder = await this.blobStore.temporaryPath();
    await mkdir(temporaryFolder);
    try {
      const { architecture } = request;
      const opened = await openWeights(request.files, { architecture, temporaryFolder });
      try {
        const labels = labelsOf(opened, request);
        return { weights: await this.convert(opened, labels.length, request), labels };
      } finally {
        await opened.close();
      }
    } catch (error) {
      return explainWeights(error, request.what);
    } finally {
      await rm(temporaryFolder, { recursive: true, force: true });
    }
  }

  private async convert(
    opened: OpenedWeights,
    classes: number,
    { files, architecture, replaceHead, onTensor }: WeightsImport,
  ): Promise<StagedBlob> {
    const head = replaceHead ? { replaceHead: { seed: headSeed } } : {};
    const converted = importWeights(opened, { architecture, classes, onTensor, ...head });
    return converted ? await this.blobStore.stage(converted) : files[0]!;
  }
}

function labelsOf(
  opened: OpenedWeights,
  { architecture, labels, replaceHead }: WeightsImport,
): string[] {
  if (replaceHead) return labels ?? invalidLabels('a new classifier needs labels');
  const classes = classesOf(opened, architecture);
  if (!labels) {
    if (classes === undefined) {
      // Weights of another network have no such classifier either: then all that doesn't fit is the thing to say.
      validateWeights(opened, architecture, undefined);
      return invalidLabels(
        'the weights have no classifier; a new one needs labels and replaceHead',
      );
    }
    return labelsPublishedFor(classes);
  }
  // Without a classifier the weights themselves don't fit, which is told with all that is missing.
  if (classes === undefined || classes === labels.length) return labels;
  return invalidLabels(
    `there are ${labels.length} labels, but the classifier in the weights has ${classes} classes`,
  );
}
