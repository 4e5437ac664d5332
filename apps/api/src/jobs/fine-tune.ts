import { Injectable } from '@nestjs/common';
import {
  type Architecture,
  Classifier,
  findArchitecture,
  openSafetensors,
  writeSafetensors,
} from '@coatrack/models';
import { train, type Metrics, type PictureSet } from '@coatrack/training';
import { BlobStore } from '../blobs/blob-store';
import { DatasetsService } from '../datasets/datasets.service';
import type { VersionRecord } from '../models/model';
import { ModelRegistry } from '../models/model-registry';
import { requireClaim, stopJob, succeedJob } from './job';
import { JobLedger } from './job-ledger';
import { JobWork, type Run } from './job-runner';

/** Trains a classifier on a dataset, fresh or from another version's weights, into a model version. */
@Injectable()
export class FineTune extends JobWork {
  constructor(
    private readonly datasets: DatasetsService,
    private readonly registry: ModelRegistry,
    private readonly ledger: JobLedger,
    private readonly blobStore: BlobStore,
  ) {
    super();
  }

  async perform(run: Run): Promise<void> {
    const { job } = run;
    const architecture = findArchitecture(job.architecture);
    const parent = job.parent && (await this.registry.resolve(job.parent.model, job.parent));
    const pictures = await this.datasets.openPictures(job.dataset.id);
    try {
      const classifier = new Classifier(architecture, {
        classes: pictures.classes.length,
        imageSize: job.recipe.imageSize,
        seed: job.recipe.seed,
      });
      try {
        if (parent && !job.checkpoint) await this.loadParent(classifier, parent, pictures);
        await this.trainAndFinish(run, { architecture, parent, pictures, classifier });
      } finally {
        classifier.dispose();
      }
    } finally {
      await pictures.close();
    }
  }

  /** Keeps the parent's head only where it means the same labels in the same order. */
  private async loadParent(
    classifier: Classifier,
    parent: VersionRecord,
    pictures: PictureSet,
  ): Promise<void> {
    const sameLabels =
      parent.labels.length === pictures.classes.length &&
      parent.labels.every((label, index) => label === pictures.classes[index]);
    const weights = await openSafetensors(await this.blobStore.path(parent.blob));
    try {
      await classifier.load(weights, { replaceHead: !sameLabels });
    } finally {
      await weights.close();
    }
  }

  private async trainAndFinish(
    { job, claim, signal, report }: Run,
    { architecture, parent, pictures, classifier }: Materials,
  ): Promise<void> {
    const { recipe, checkpoint } = job;
    const preprocessing = {
      ...(parent?.preprocessing ?? architecture.preprocessing),
      imageSize: recipe.imageSize,
    };
    const { top1, top5, loss, confusion } = await train({
      classifier,
      pictures,
      recipe,
      preprocessing,
      signal,
      onEvent: report,
      ...(checkpoint ? { resume: await this.blobStore.path(checkpoint.blob) } : {}),
      saveCheckpoint: (write, { epoch, step }) =>
        this.ledger.saveCheckpoint(job, claim, write, { epoch, step }),
    });
    const metrics: Metrics = { top1, top5, loss, confusion };
    const path = await this.blobStore.temporaryPath();
    await writeSafetensors(path, classifier.save(), { format: 'pt' });
    const weights = await this.blobStore.stageFile(path);
    // The version and the job's end are one transaction: a job makes one version or none.
    try {
      await this.ledger.change(job.id, async (current, now) => {
        requireClaim(current, claim);
        // Asked for after the last step: the person who was told so must not find a version.
        if (current.cancelRequestedAt) return stopJob(current, claim, now);
        const { model, version } = await this.registry.createVersionFromFile({
          model: job.name,
          architecture: architecture.name,
          labels: [...pictures.classes],
          preprocessing,
          licence: parent?.licence ?? null,
          parent: job.parent,
          dataset: job.dataset,
          job: job.id,
          metrics,
          recipe,
          weights,
        });
        return succeedJob(current, claim, { result: { model, version }, metrics }, now);
      });
    } finally {
      await this.blobStore.discard(weights);
    }
  }
}

interface Materials {
  architecture: Architecture;
  parent: VersionRecord | null;
  pictures: PictureSet;
  classifier: Classifier;
}
