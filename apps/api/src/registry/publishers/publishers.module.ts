import { Module, type OnModuleInit } from '@nestjs/common';
import { join } from 'node:path';
import { type Config, CONFIG } from '../../config';
import { DiskReserve } from '../../platform/blobs/disk-reserve';
import { CatalogueWeights } from './catalogue-weights';
import { Downloader } from './downloader';
import { HubClient } from './hub-client';
import { HubWeights } from './hub-weights';
import { PartialFiles } from './partial-files';
import { RemoteClient, remoteTiming } from './remote-client';

/** Downloads weights from the Hugging Face Hub and from the hosts of the catalogue's publishers. */
@Module({
  providers: [
    {
      provide: PartialFiles,
      useFactory: ({ dataFolder }: Config) => new PartialFiles(join(dataFolder, 'downloads')),
      inject: [CONFIG],
    },
    {
      provide: HubClient,
      useFactory: ({ hub, uploadLimits }: Config, partials: PartialFiles, reserve: DiskReserve) => {
        const endpoint = new URL(hub.endpoint);
        const { origin } = endpoint;
        const credentials = hub.token === undefined ? undefined : { origin, token: hub.token };
        const client = new RemoteClient('HUB', remoteTiming, credentials);
        return new HubClient(
          client,
          new Downloader(client, partials, uploadLimits.weights, reserve),
          endpoint,
        );
      },
      inject: [CONFIG, PartialFiles, DiskReserve],
    },
    HubWeights,
    {
      provide: CatalogueWeights,
      useFactory: (
        { checkpointMirror, uploadLimits }: Config,
        partials: PartialFiles,
        reserve: DiskReserve,
        hubWeights: HubWeights,
      ) => {
        const client = new RemoteClient('CHECKPOINT', remoteTiming);
        const downloader = new Downloader(client, partials, uploadLimits.weights, reserve);
        return new CatalogueWeights(hubWeights, downloader, checkpointMirror);
      },
      inject: [CONFIG, PartialFiles, DiskReserve, HubWeights],
    },
  ],
  exports: [HubWeights, CatalogueWeights],
})
export class PublishersModule implements OnModuleInit {
  constructor(private readonly partials: PartialFiles) {}

  async onModuleInit(): Promise<void> {
    await this.partials.sweep();
  }
}
