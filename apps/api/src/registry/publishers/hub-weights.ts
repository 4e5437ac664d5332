import {
  type Architecture,
  findHubCheckpoint,
  shardNames,
  statedAccuracy,
  type Preprocessing,
} from '@coatrack/models';
import { Injectable } from '@nestjs/common';
import { HubClient, type HubFile, type HubSnapshot } from './hub-client';
import {
  architectureFor,
  type PretrainedConfig,
  preprocessingFor,
  readPretrainedConfig,
} from './pretrained-config';
import { RemoteError } from './remote-error';
import type { StagedBlob } from '../../platform/blobs/blob-store';
import type { Accuracy } from '../models/model';
import type { DownloadOptions } from './downloader';

/** Published weights before the download, with their publisher's statements. */
export interface FoundWeights {
  /** Default: the one that matches the names and shapes of the weights. */
  architecture?: Architecture;
  /** @throws RemoteError when the architecture does not accept the image size that the publisher states */
  preprocessing(architecture: Architecture): Preprocessing;
  labels?: string[];
  /** Statements of the publisher that could not be used, in full sentences. */
  notes: string[];
  licence: string | null;
  accuracy: Accuracy;
  /** Name of the file in messages. */
  what: string;
  /** @returns one file, or all files of a checkpoint; the caller must move or remove them */
  download(options: DownloadOptions): Promise<(StagedBlob & { name: string })[]>;
  /** Describes the origin of the weights and how the file was verified. */
  sourceOf(file: StagedBlob): string;
}

/** File names that timm and the Hub's library use for weights, in order of preference. */
const weightsNames = ['model.safetensors', 'pytorch_model.bin'];
/** Suffix of such a name if the weights are split into several files. */
const indexEnding = '.index.json';
const maxConfigBytes = 8 * 1024 ** 2;
const maxShards = 100;
const maxListed = 10;

/** Finds the weights in a repository of the Hub. */
@Injectable()
export class HubWeights {
  constructor(private readonly hub: HubClient) {}

  /**
   * @param architecture overrides the one that the repository names
   * @throws RemoteError
   */
  async find(
    { hub, revision, architecture }: { hub: string; revision: string; architecture: string | null },
    signal: AbortSignal,
  ): Promise<FoundWeights> {
    const snapshot = await this.hub.snapshot(hub, revision, signal);
    const files = await this.weightsOf(snapshot, signal);
    const config = await this.readConfig(snapshot, signal);
    const known = findHubCheckpoint(hub);
    const name = architecture ?? config?.architecture ?? known?.architecture.name;
    if (name === undefined) config?.checkKind();
    return {
      architecture: name === undefined ? undefined : architectureFor(name, hub),
      preprocessing: (found: Architecture) => {
        const base = known?.checkpoint.preprocessing ?? found.preprocessing;
        return preprocessingFor(found, config?.preprocessing(base) ?? base, hub);
      },
      labels: config?.labels,
      licence: snapshot.licence ?? known?.checkpoint.licence ?? null,
      accuracy: known ? statedAccuracy(known) : {},
      notes: config?.notes ?? [],
      what: `${files[0]!.path} of ${hub}`,
      download: (options) => this.hub.downloadAll(snapshot, files, options),
      sourceOf: () => this.hub.pageOf(snapshot),
    };
  }

  private async readConfig(
    snapshot: HubSnapshot,
    signal: AbortSignal,
  ): Promise<PretrainedConfig | undefined> {
    if (!fileOf(snapshot, 'config.json')) return undefined;
    return readPretrainedConfig(
      await this.readJson(snapshot, 'config.json', signal),
      snapshot.repository,
    );
  }

  private readJson(snapshot: HubSnapshot, path: string, signal: AbortSignal): Promise<string> {
    return this.hub.readText(snapshot, path, { maxBytes: maxConfigBytes, signal });
  }

  /** Returns one file, or those that an index names. */
  private async weightsOf(snapshot: HubSnapshot, signal: AbortSignal): Promise<HubFile[]> {
    for (const name of weightsNames) {
      const file = fileOf(snapshot, name);
      if (file) return [file];
      const index = fileOf(snapshot, name + indexEnding);
      if (index) {
        return shardsOf(snapshot, index, await this.readJson(snapshot, index.path, signal));
      }
    }
    throw noWeights(snapshot);
  }
}

function fileOf({ files }: HubSnapshot, name: string): HubFile | undefined {
  return files.find(({ path }) => path === name);
}

function shardsOf(snapshot: HubSnapshot, { path }: HubFile, text: string): HubFile[] {
  const { repository } = snapshot;
  const refuse = (reason: string) => {
    const message = `The ${path} of ${repository} cannot be used: ${reason}.`;
    return new RemoteError('HUB', 'INVALID_CONFIG', message);
  };
  let names: string[];
  try {
    names = shardNames(text);
  } catch (error) {
    throw error instanceof RangeError ? refuse(error.message) : error;
  }
  if (names.length > maxShards)
    throw refuse(`it names ${names.length} files, more than ${maxShards}`);
  return names.map((name) => {
    const file = fileOf(snapshot, name);
    if (file) return file;
    throw refuse(`it names the file "${name.slice(0, 200)}", which does not exist`);
  });
}

function noWeights({ repository, files }: HubSnapshot): RemoteError {
  const listed = files
    .slice(0, maxListed)
    .map(({ path }) => path.slice(0, 200))
    .join(', ');
  const more = files.length > maxListed ? ` and ${files.length - maxListed} more` : '';
  const wanted = weightsNames.map((name) => `${name} (or ${name}${indexEnding})`).join(' nor ');
  const found = files.length > 0 ? `there are ${listed}${more}` : 'there is nothing';
  const message = `${repository} has no readable weights: neither ${wanted} is in its top folder; ${found}. Files with other names can be downloaded and uploaded here.`;
  return new RemoteError('HUB', 'NO_WEIGHTS', message);
}
