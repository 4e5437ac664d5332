import { Module } from '@nestjs/common';
import { type Config, CONFIG } from '../../config';
import { BodyMemory } from './body-memory';
import { SideThread } from './side-thread';

/** Largest bodies that may be in memory at once. */
const largestBodies = 4;

/** What routes with large bodies share. */
@Module({
  providers: [
    SideThread,
    {
      provide: BodyMemory,
      useFactory: ({ serving }: Config) => new BodyMemory(largestBodies * serving.maxBytes),
      inject: [CONFIG],
    },
  ],
  exports: [BodyMemory, SideThread],
})
export class BodiesModule {}
