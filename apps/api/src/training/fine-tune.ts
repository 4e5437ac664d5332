import type { Engine } from '@coatrack/kernels';
import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  type Architecture,
  Classifier,
  findArchitecture,
  openSafetensors,
  type Preprocessing,
  safetensorsMetadata,
  type WriteGuard,
  writeSafetensors,
} from '@coatrack/models';
import { type ImageSet, type Recipe, splitDataset, train } from '@coatrack/training';
import { BlobStore } from '../platform/blobs/blob-store';
import { DiskReserve } from '../platform/blobs/disk-reserve';
import { DatasetsService, type OpenImageSet } from '../datasets/datasets.service';
import { VersionFeatures } from '../registry/features/version-features';
import type { TrainedMetrics, VersionRecord } from '../registry/models/model';
import { ModelRegistry } from '../registry/models/model-registry';
import { labelOf } from '../jobs/job';
import { ENGINE, JobWork, type Run } from '../jobs/job-work';
import { probeHead, type Trained, trainProbe } from './head-probe';
import {
  type HeadStart,
  recordCheckpoint,
  trainingReporter,
  type FineTuneJob,
  type FineTuneShape,
} from './training-progress';
import { claimMemory, withBatchSize } from './training-memory';

/** Trains a classifier on a dataset, from fresh or from another version's weights, and stores it as a model version. */
@Injectable()
export class FineTune extends JobWork<FineTuneShape> {
  private readonly logger = new Logger('Jobs');

  constructor(
    private readonly datasets: DatasetsService,
    private readonly registry: ModelRegistry,
    private readonly blobStore: BlobStore,
    private readonly reserve: DiskReserve,
    private readonly features: VersionFeatures,
    @Inject(ENGINE) private readonly engine: Engine,
  ) {
    super();
  }

  describe({ request, status }: FineTuneJob): string {
    const from = status.checkpoint ? `resumes after step ${status.checkpoint.step}` : 'starts';
    return `${from}, ${request.architecture} on ${request.dataset.name}`;
  }

  async perform(run: Run<FineTuneShape>): Promise<void> {
    const { request, status } = run.job;
    const architecture = findArchitecture(request.architecture);
    const { parent, images } = await run.read(async () => ({
      parent: request.parent && (await this.registry.resolve(request.parent.model, request.parent)),
      images: await this.datasets.openImages(request.dataset.id),
    }));
    try {
      const classes = images.classes.length;
      const recipe = await withBatchSize(run, this.engine, architecture, images);
      const cacheBytes = await claimMemory(run, this.engine, { architecture, classes, recipe });
      const classifier = new Classifier(architecture, {
        classes,
        imageSize: recipe.imageSize,
        seed: recipe.seed,
      });
      try {
        const head = status.checkpoint
          ? (status.head ?? null)
          : await this.loadParent(classifier, parent, images);
        if (parent && head === 'new' && !fitsHead(recipe)) {
          const why = `the labels differ from those of ${parent.model}:${parent.version}`;
          this.logger.warn(`${labelOf(run.job)}: training a new head, as ${why}`);
        }
        const preprocessing = {
          ...(parent?.preprocessing ?? architecture.preprocessing),
          imageSize: recipe.imageSize,
        };
        await this.trainAndFinish(run, {
          architecture,
          parent,
          images,
          recipe,
          classifier,
          preprocessing,
          head,
          cacheBytes,
        });
      } finally {
        classifier.dispose();
      }
    } finally {
      await images.close();
    }
  }

  /** Loads the parent's weights, with its head only if that has the same labels in the same order. */
  private async loadParent(
    classifier: Classifier,
    parent: VersionRecord | null,
    images: ImageSet,
  ): Promise<HeadStart> {
    if (!parent) return 'new';
    const sameLabels =
      parent.labels.length === images.classes.length &&
      parent.labels.every((label, index) => label === images.classes[index]);
    const weights = await openSafetensors(await this.blobStore.path(parent.blob));
    try {
      await classifier.load(weights, { replaceHead: !sameLabels });
    } finally {
      await weights.close();
    }
    return sameLabels ? 'parent' : 'new';
  }

  /** Trains by the recipe's method. @returns the figures of the images held out for validation */
  private async train(run: Run<FineTuneShape>, materials: Materials): Promise<Trained> {
    const { parent, images, recipe, classifier, preprocessing, cacheBytes } = materials;
    const { checkpoint } = run.job.status;
    let { head } = materials;
    if (parent && fitsHead(recipe)) {
      const probed = { ...materials, parent, split: splitDataset(images, recipe) };
      if (recipe.method === 'linear-probe') return trainProbe(run, this.features, probed);
      if (!checkpoint) {
        await probeHead(run, this.features, probed, 0);
        head = 'probe';
      }
    }
    return train({
      classifier,
      images,
      recipe,
      preprocessing,
      cacheBytes,
      signal: run.signal,
      onEvent: trainingReporter(run, head),
      ...(checkpoint ? { resume: await this.blobStore.path(checkpoint.blob) } : {}),
      saveCheckpoint: (write, reached) => this.saveCheckpoint(run, write, reached),
    });
  }

  private async trainAndFinish(run: Run<FineTuneShape>, materials: Materials): Promise<void> {
    const { architecture, parent, images, classifier, preprocessing } = materials;
    const { job } = run;
    const trained = await this.train(run, materials);
    const { recipe, top1, top5, loss, confusion, keptEpochs, epochs, steps } = trained;
    const metrics: TrainedMetrics = { top1, top5, loss, epochs: keptEpochs };
    const path = await this.blobStore.temporaryPath();
    const described = { architecture: architecture.name, labels: images.classes, preprocessing };
    const metadata = safetensorsMetadata(described);
    await writeSafetensors(path, classifier.save(), metadata, this.reserve.writeGuard());
    const weights = await this.blobStore.stageFile(path);
    try {
      await run.finish(async (current, now) => {
        const { model, version } = await this.registry.createVersionFromFile({
          model: job.name,
          architecture: architecture.name,
          labels: [...images.classes],
          preprocessing,
          licence: parent?.licence ?? null,
          parent: job.request.parent,
          dataset: job.request.dataset,
          job: job.id,
          metrics,
          confusion,
          trainingSeconds: (now.getTime() - current.startedAt!.getTime()) / 1000,
          recipe,
          weights,
        });
        // Fewer than planned where it ended early.
        const status = { ...current.status, epochs, steps, step: steps, metrics };
        return { result: { model, version }, status };
      });
    } finally {
      await this.blobStore.discard(weights);
    }
  }

  private async saveCheckpoint(
    run: Run<FineTuneShape>,
    write: (path: string, guard: WriteGuard) => Promise<void>,
    { epoch, step }: { epoch: number; step: number },
  ): Promise<void> {
    const path = await this.blobStore.temporaryPath();
    await write(path, this.reserve.writeGuard());
    const staged = await this.blobStore.stageFile(path);
    await run.keepCheckpoint(staged, (current) =>
      recordCheckpoint(current, run.claim, { blob: staged.sha256, epoch, step }),
    );
  }
}

/** Whether a linear probe makes the head that the training ends with or starts from. */
function fitsHead({ method, headStart }: Recipe): boolean {
  return method === 'linear-probe' || headStart === 'probe';
}

interface Materials {
  architecture: Architecture;
  parent: VersionRecord | null;
  images: OpenImageSet;
  recipe: Recipe;
  classifier: Classifier;
  preprocessing: Preprocessing;
  head: HeadStart | null;
  cacheBytes: number | undefined;
}
