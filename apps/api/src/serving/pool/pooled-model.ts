import { Logger } from '@nestjs/common';
import type { LoadedModel } from '../engines/executor';
import type { VersionRecord } from '../../registry/models/model';
import { Batcher } from '../batching/batcher';
import { DomainError } from '../../platform/errors/domain-error';

/** Use of a loaded model, which stays in memory until the lease is released. */
export interface Lease {
  model: LoadedModel;
  batcher: Batcher;
  release(): void;
}

/** A version that is loaded, loading or unloading. */
export interface PooledModel {
  version: VersionRecord;
  state: PoolState;
  /** Set once the version is loaded. */
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
  /** Number of requests that wait for the load. */
  waiters = 0;
  leases = 0;
  /** Counter set by the pool: larger means more recent. */
  usedAt = 0;
  /** Bytes reserved for the load, until it is done. */
  reserved = 0;
  /** Whether loading it took too long. */
  givenUp = false;
  /** Resolves when its memory is free; never rejects. */
  freed?: Promise<void>;
  private onIdle?: () => void;

  constructor(readonly version: VersionRecord) {}

  /** Returns its share of the memory for models. */
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

  /** Frees the model once it is no longer in use. */
  drain(): Promise<void> {
    this.state = 'draining';
    this.freed ??= this.ready.then(
      async () => {
        // Requests that waited for the load still get the model.
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
      new Logger('Serving').error(`${this.name} failed to close: ${(error as Error).message}`);
    }
    this.model = undefined;
  }
}

export function tooLarge(slot: PooledVersion, bytes: number, limit: number): DomainError {
  return new DomainError(
    'MODEL_TOO_LARGE',
    `${slot.name} takes ${bytes} bytes of memory; the limit for all models together is ${limit}.`,
  );
}
