import { Injectable, OnApplicationShutdown } from '@nestjs/common';
import { Piscina } from 'piscina';
import { DomainError } from '../errors/domain-error';
import type { Outcome } from './for-thread';

/** Bytes of a body that are understood in a few milliseconds; more would keep all other requests waiting. */
export const largeBytes = 1024 ** 2;

/** A thread for large bodies, one after the other: what a second one would take in memory is not there twice. */
@Injectable()
export class SideThread implements OnApplicationShutdown {
  private readonly pool = new Piscina({ minThreads: 0, maxThreads: 1, idleTimeout: 60_000 });

  /**
   * Runs a function that `forThread` has made.
   * @param filename of the compiled module that exports it as `name`
   * @param body the bytes that its argument consists of, which belong to the thread from now on
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
