import { findCheckpoint, statedAccuracy } from '@coatrack/models';
import { Injectable } from '@nestjs/common';
import type { Downloader, RemoteFile } from './downloader';
import { type FoundWeights, HubWeights } from './hub-weights';
import { RemoteError } from './remote-error';

/** Finds the files of the catalogue's published checkpoints. */
@Injectable()
export class CatalogueWeights {
  /** @param mirror replaces all publishers' hosts, if given */
  constructor(
    private readonly hubWeights: HubWeights,
    private readonly downloader: Downloader,
    private readonly mirror: string | undefined,
  ) {}

  /** @throws RemoteError */
  async find(name: string, signal: AbortSignal): Promise<FoundWeights> {
    const entry = findCheckpoint(name);
    if (!entry) {
      throw new RemoteError(
        'CHECKPOINT',
        'NOT_FOUND',
        `The catalogue has no checkpoint "${name}".`,
      );
    }
    const { architecture, checkpoint } = entry;
    const { location, preprocessing, licence, md5 } = checkpoint;
    if ('hub' in location) {
      const request = { hub: location.hub, revision: 'main', architecture: null };
      return this.hubWeights.find(request, signal);
    }
    const fileName = location.url.split('/').at(-1)!;
    const file: RemoteFile = {
      url: this.addressOf(location.url),
      name: fileName,
      ...checksumsOf(fileName, md5),
      accept: ({ status }) => {
        if (status < 400 || status === 416) return;
        const message = `${location.url} is unavailable: its host answered ${status}.`;
        throw new RemoteError('CHECKPOINT', 'NOT_FOUND', message);
      },
    };
    return {
      architecture,
      preprocessing: () => preprocessing,
      licence,
      notes: [],
      accuracy: statedAccuracy(entry),
      what: fileName,
      download: async (options) => {
        const { path, sha256, bytes } = await this.downloader.download(file, options);
        return [{ path, sha256, bytes, name: fileName }];
      },
      sourceOf: ({ sha256 }) => `${location.url} (SHA-256 ${sha256}; ${checkedBy(file)})`,
    };
  }

  private addressOf(url: string): URL {
    if (!this.mirror) return new URL(url);
    return new URL(this.mirror.replace(/\/*$/, '') + new URL(url).pathname);
  }
}

/** Torchvision's file names end with the first digits of their SHA-256. */
function checksumsOf(fileName: string, md5?: string): Pick<RemoteFile, 'sha256' | 'md5'> {
  const [, sha256] = /-([0-9a-f]{8})\.pth$/.exec(fileName) ?? [];
  return { ...(sha256 ? { sha256 } : {}), ...(md5 ? { md5 } : {}) };
}

function checkedBy({ sha256, md5 }: RemoteFile): string {
  if (sha256) return `its first ${sha256.length} digits match those stated by the publisher`;
  if (md5) return 'its MD5 matches the one stated by the publisher';
  return 'the publisher states no checksum to verify it';
}
