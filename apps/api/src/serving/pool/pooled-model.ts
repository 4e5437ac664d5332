import { Logger } from '@nestjs/common';
import type { LoadedModel } from '../engines/executor';
import type { VersionRecord } from '../../registry/models/model';
import { Batcher } from '../batching/batcher';
import { DomainError } from '../../platform/errors/domain-error';

/** Use of a loaded model; it stays in memory until it is released. */
export interface Lease {
  model: LoadedModel;
  batcher: Batcher;
  release(): void;
}

/** A version that is in memory, on its way there or on its way out. */
export interface PooledModel {
  version: VersionRecord;
  state: PoolState;
  /** There once it has been loaded. */
  model?: LoadedModel;
  batcher?: Batcher;
}

export type PoolState = 'loading' | 'ready' | 'draining';

/** One version in the pool. */
export class PooledVersion implements PooledModel {
  state: PoolState = 'loading';
  model?: LoadedModel;
  batcher?: Batcher;
  ready: Promise<void> = Promise.resolve();
  /** How many requests wait for it to be loaded. */
  waiters = 0;
  leases = 0;
  /** Counted by the pool: the larger, the later. */
  usedAt = 0;
  /** What loading it takes at most, in bytes, from when there is room for it until it is loaded. */
  reserved = 0;
  /** Whether loading it took too long. */
  givenUp = false;
  /** Done when it takes no memory any more; never rejects. */
  freed?: Promise<void>;
  private onIdle?: () => void;

  constructor(readonly version: VersionRecord) {}

  /** That it takes of the memory for models. */
  get bytes(): number {
    return this.model?.bytes ?? this.reserved;
  }

  get name(): string {
    return `${this.version.model}:${this.version.version}`;
  }

  open(model: LoadedModel, batcher: Batcher): void {
    this.model = model;
    this.batcher = batcher;
    this.reserved = 0;
    if (this.state === 'loading') this.state = 'ready';
  }

  lease(): Lease {
    let released = false;
    this.leases++;
    return {
      model: this.model!,
      batcher: this.batcher!,
      release: () => {
        if (released) return;
        released = true;
        this.leases--;
        if (this.leases === 0) this.onIdle?.();
      },
    };
  }

  /** Frees it once it is not in use any more. */
  drain(): Promise<void> {
    this.state = 'draining';
    this.freed ??= this.ready.then(
      async () => {
        // Requests that waited for it to be loaded still get it.
        while (this.waiters > 0) await new Promise<void>((resolve) => setImmediate(resolve));
        if (this.leases > 0) await new Promise<void>((resolve) => (this.onIdle = resolve));
        await this.free();
      },
      () => undefined,
    );
    return this.freed;
  }

  async free(): Promise<void> {
    try {
      await this.model?.release();
    } catch (error) {
      new Logger('Serving').error(`${this.name} did not close: ${(error as Error).message}`);
    }
    this.model = undefined;
  }
}

export function tooLarge(slot: PooledVersion, bytes: number, limit: number): DomainError {
  return new DomainError(
    'MODEL_TOO_LARGE',
    `${slot.name} takes ${bytes} bytes of memory, more than the ${limit} that all models may take.`,
  );
}
