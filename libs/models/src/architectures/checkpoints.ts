import type { Architecture, Checkpoint } from './architecture';
import { listArchitectures } from './catalogue';

/** Published weights with the network that they are for. */
export interface CatalogueEntry {
  architecture: Architecture;
  checkpoint: Checkpoint;
}

const entries: readonly CatalogueEntry[] = listArchitectures().flatMap((architecture) =>
  architecture.checkpoints.map((checkpoint) => ({ architecture, checkpoint })),
);

/** All published weights, in the order of the architectures. */
export function listCheckpoints(): readonly CatalogueEntry[] {
  return entries;
}

export function findCheckpoint(name: string): CatalogueEntry | undefined {
  return entries.find(({ checkpoint }) => checkpoint.name === name);
}

/** @param hub a repository's name on the Hugging Face Hub */
export function findHubCheckpoint(hub: string): CatalogueEntry | undefined {
  return entries.find(({ checkpoint: { location } }) => 'hub' in location && location.hub === hub);
}

/**
 * ImageNet-1k top-1 in [0, 1] by who states it: the paper for a network trained and evaluated in this way, the publisher
 * for these weights. What nobody states is absent.
 */
export function statedAccuracy({ architecture, checkpoint }: CatalogueEntry): {
  paper?: number;
  publisher?: number;
} {
  const { classes, pretraining, preprocessing, publisherTop1 } = checkpoint;
  const paper =
    architecture.source === 'paper' && classes === 1000
      ? architecture.published.accuracies.find(
          (stated) =>
            stated.pretraining === pretraining && stated.imageSize === preprocessing.imageSize,
        )
      : undefined;
  return {
    ...(paper ? { paper: paper.top1 } : {}),
    ...(publisherTop1 === undefined ? {} : { publisher: publisherTop1 }),
  };
}
