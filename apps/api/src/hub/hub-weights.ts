import { findHubCheckpoint, statedAccuracy } from '@coatrack/models';
import { Injectable } from '@nestjs/common';
import type { FoundWeights } from './found-weights';
import { HubClient, type HubFile, type HubSnapshot } from './hub-client';
import { architectureFor, readPretrainedConfig } from './pretrained-config';
import { RemoteError } from './remote-error';

/** The names that timm and the Hub's own library save weights under, the better one first. */
const weightsNames = ['model.safetensors', 'pytorch_model.bin'];
const maxConfigBytes = 8 * 1024 ** 2;

/** Finds out what weights a repository of the Hub has. */
@Injectable()
export class HubWeights {
  constructor(private readonly hub: HubClient) {}

  /**
   * @param architecture instead of the one that the repository names
   * @throws RemoteError
   */
  async find(
    { hub, revision, architecture }: { hub: string; revision: string; architecture: string | null },
    signal: AbortSignal,
  ): Promise<FoundWeights> {
    const snapshot = await this.hub.snapshot(hub, revision, signal);
    const file = weightsOf(snapshot);
    const config = await this.readConfig(snapshot, signal);
    const known = findHubCheckpoint(hub);
    const name = architecture ?? config?.architecture ?? known?.architecture.name;
    if (name === undefined) throw noArchitecture(hub);
    const network = architectureFor(name, hub, (found) => {
      const base = known?.checkpoint.preprocessing ?? found.preprocessing;
      return config?.preprocessing(base) ?? base;
    });
    return {
      ...network,
      labels: config?.labels,
      licence: snapshot.licence ?? known?.checkpoint.licence ?? null,
      accuracy: known ? statedAccuracy(known) : {},
      what: `${file.path} of ${hub}`,
      download: async (options) => ({
        ...(await this.hub.download(snapshot, file, options)),
        name: file.path,
      }),
      sourceOf: () => this.hub.pageOf(snapshot),
    };
  }

  private async readConfig(snapshot: HubSnapshot, signal: AbortSignal) {
    if (!snapshot.files.some(({ path }) => path === 'config.json')) return undefined;
    const options = { maxBytes: maxConfigBytes, signal };
    const text = await this.hub.readText(snapshot, 'config.json', options);
    return readPretrainedConfig(text, snapshot.repository);
  }
}

function weightsOf({ repository, files }: HubSnapshot): HubFile {
  for (const name of weightsNames) {
    const file = files.find(({ path }) => path === name);
    if (file) return file;
  }
  const message = `${repository} has no weights that can be read: neither ${weightsNames.join(' nor ')} lies in it.`;
  throw new RemoteError('HUB', 'NO_WEIGHTS', message);
}

function noArchitecture(repository: string): RemoteError {
  const message = `${repository} does not say which network its weights are for: it has no config.json that names one. Give the architecture.`;
  return new RemoteError('HUB', 'INVALID_CONFIG', message);
}
