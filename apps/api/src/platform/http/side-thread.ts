import { Injectable, OnApplicationShutdown } from '@nestjs/common';
import { Piscina } from 'piscina';
import { DomainError } from '../errors/domain-error';
import type { Outcome } from './for-thread';

/**
 * Bodies above this size are parsed in the side thread, as they would block the event loop for more than a few milliseconds.
 */
export const largeBytes = 1024 ** 2;

/** One thread that handles large bodies one after the other, so that only one at a time needs memory for its parsed form. */
@Injectable()
export class SideThread implements OnApplicationShutdown {
  private readonly pool = new Piscina({ minThreads: 0, maxThreads: 1, idleTimeout: 60_000 });

  /**
   * Runs a function that `forThread` has made.
   * @param filename of the compiled module that exports it as `name`
   * @param body the bytes in its argument, which are transferred to the thread
   * @throws DomainError as the function does
   */
  async run<T>(
    { filename, name }: { filename: string; name: string },
    argument: object,
    body: Uint8Array,
  ): Promise<T> {
    const transferList = [body.buffer as ArrayBuffer];
    const outcome: Outcome<T> = await this.pool.run(argument, { filename, name, transferList });
    if ('value' in outcome) return outcome.value;
    const { code, message, problems } = outcome.problem;
    throw new DomainError(code, message, problems);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.destroy();
  }
}
