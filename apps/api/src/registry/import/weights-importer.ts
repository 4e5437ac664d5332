import {
  type Architecture,
  classesOf,
  importWeights,
  type OpenedWeights,
  openWeights,
  type OwnDescription,
  type Preprocessing,
  validateWeights,
} from '@coatrack/models';
import { Injectable } from '@nestjs/common';
import { mkdir, rm } from 'node:fs/promises';
import { BlobStore, type StagedBlob } from '../../platform/blobs/blob-store';
import { DiskReserve } from '../../platform/blobs/disk-reserve';
import { distinctLabels, invalidLabels, labelsPublishedFor } from './labels';
import { explainWeights } from './checked-architecture';

interface WeightsImport {
  /** One file, or all files of a checkpoint, in any format; they are not removed. */
  files: readonly (StagedBlob & { name: string })[];
  /** Name of the files in messages. */
  what: string;
  /** Default: the one that matches the names and shapes of the weights. */
  architecture?: Architecture;
  /** Default: the file's own, or the published labels for the number of classes in the weights. */
  labels?: string[];
  /** Whether to start a new classifier for the labels. */
  replaceHead?: boolean;
  /**
   * Returns the preprocessing for these weights.
   * @param described the file's own description, if it was written here
   * @throws DomainError when the architecture does not accept it
   */
  preprocessing(architecture: Architecture, described: OwnDescription): Preprocessing;
  /** Called after every written tensor; an error ends the import. */
  onTensor?(done: number, total: number): void;
}

export interface ImportedWeights {
  /** The caller must keep or discard it. It is one of the input files if that needed no conversion. */
  weights: StagedBlob;
  architecture: Architecture;
  labels: string[];
  preprocessing: Preprocessing;
  /** How the files were read and what was ignored, in full sentences. */
  notes: string[];
}

/** Fixed seed of new classifiers, for reproducible imports. */
const headSeed = 0;

/** Converts weights of any format to the safetensors file of a version. */
@Injectable()
export class WeightsImporter {
  constructor(
    private readonly blobStore: BlobStore,
    private readonly reserve: DiskReserve,
  ) {}

  /**
   * @throws DomainError INVALID_WEIGHTS naming what doesn't fit, INVALID_LABELS; leaves no file behind
   */
  async import(request: WeightsImport): Promise<ImportedWeights> {
    const temporaryFolder = await this.blobStore.temporaryPath();
    await mkdir(temporaryFolder);
    try {
      const { architecture, replaceHead } = request;
      const opened = await openWeights(request.files, {
        architecture,
        replaceHead,
        temporaryFolder,
        guard: this.reserve.writeGuard(),
      });
      try {
        return await this.convert(opened, request);
      } finally {
        await opened.close();
      }
    } catch (error) {
      return explainWeights(error, request.what);
    } finally {
      await rm(temporaryFolder, { recursive: true, force: true });
    }
  }

  private async convert(opened: OpenedWeights, request: WeightsImport): Promise<ImportedWeights> {
    const { architecture, described } = opened;
    const { files, replaceHead, onTensor } = request;
    const { labels, notes } = distinctLabels(labelsOf(opened, request));
    const preprocessing = request.preprocessing(architecture, described);
    const converted = importWeights(opened, {
      architecture,
      classes: labels.length,
      described: { architecture: architecture.name, labels, preprocessing },
      ...(onTensor ? { onTensor } : {}),
      ...(replaceHead ? { replaceHead: { seed: headSeed } } : {}),
    });
    const weights = converted ? await this.blobStore.stage(converted) : files[0]!;
    return {
      weights,
      architecture,
      labels,
      preprocessing,
      notes: [...opened.notes, ...notes],
    };
  }
}

function labelsOf(opened: OpenedWeights, { labels, replaceHead }: WeightsImport): string[] {
  if (replaceHead) return labels ?? invalidLabels('a new classifier needs labels');
  const { architecture, described } = opened;
  const classes = classesOf(opened, architecture);
  if (classes === undefined) {
    // Weights of another network lack this classifier too, so all mismatches are reported.
    if (opened.hints().length > 0 || !labels) validateWeights(opened, architecture, undefined);
    // Without a classifier the weights themselves don't fit, and validation lists what is missing.
    if (labels) return labels;
    return invalidLabels('the weights have no classifier; a new one needs labels and replaceHead');
  }
  if (classes === 1) return twoLabels(labels);
  if (!labels) {
    const own = described.labels;
    return own?.length === classes ? [...own] : labelsPublishedFor(classes);
  }
  if (classes === labels.length) return labels;
  return invalidLabels(
    `there are ${labels.length} labels, but the classifier in the weights has ${classes} classes`,
  );
}

/** Checks the labels of a single output, which is the probability of the second of two classes. */
function twoLabels(labels: string[] | undefined): string[] {
  if (labels?.length === 2) return labels;
  return invalidLabels(
    'the classifier has one output, which distinguishes two classes; give two labels, first for an output of 0, then for 1',
  );
}
