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
  /** One, or all files of a checkpoint, in any format; they stay. */
  files: readonly (StagedBlob & { name: string })[];
  /** What messages call them. */
  what: string;
  /** Left out: the one whose names and shapes the weights have. */
  architecture?: Architecture;
  /** Left out: the file's own, or the published ones for the number of classes that the weights have. */
  labels?: string[];
  /** Starts a new classifier for the labels. */
  replaceHead?: boolean;
  /**
   * Returns what prepares images for these weights.
   * @param described what the file says of itself where it was written here
   * @throws DomainError when there is nothing that the architecture can take
   */
  preprocessing(architecture: Architecture, described: OwnDescription): Preprocessing;
  /** Called after every tensor that had to be written; what it throws ends the import. */
  onTensor?(done: number, total: number): void;
}

export interface ImportedWeights {
  /** To be kept or discarded: one of the import's files where that fits as it is. */
  weights: StagedBlob;
  architecture: Architecture;
  labels: string[];
  preprocessing: Preprocessing;
  /** How the files were read, and what of them was left out: whole sentences. */
  notes: string[];
}

/** A new classifier's random start: the same for everyone. */
const headSeed = 0;

/** From weights in any format to the safetensors file that a version keeps. */
@Injectable()
export class WeightsImporter {
  constructor(
    private readonly blobStore: BlobStore,
    private readonly reserve: DiskReserve,
  ) {}

  /**
   * @throws DomainError INVALID_WEIGHTS with what doesn't fit, INVALID_LABELS; nothing is left then
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
    // Weights of another network have no such classifier either: then all that doesn't fit is the thing to say.
    if (opened.hints().length > 0 || !labels) validateWeights(opened, architecture, undefined);
    // Without a classifier the weights themselves don't fit, which is said with all that is missing.
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

/** A single output distinguishes two classes: it is the probability of the second. */
function twoLabels(labels: string[] | undefined): string[] {
  if (labels?.length === 2) return labels;
  return invalidLabels(
    'the classifier has one output, which tells two classes apart; give two labels: first that of an output of 0, then that of 1',
  );
}
