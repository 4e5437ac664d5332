import { Logger } from '@nestjs/common';
import type { BlobStore } from '../blobs/blob-store';
import { DomainError } from '../errors/domain-error';
import type { Executor, LoadedModel } from '../executors/executor';
import { servableModel } from '../executors/servable-model';
import type { VersionRecord } from '../models/model';
import { Batcher } from './batcher';
import { ImageBuffers } from './image-buffers';
import { PoolSlot, type SlotState } from './pool-slot';
import type { ServingMetrics } from './serving-metrics';
import { queueFull } from './serving-errors';
import { type Waiter, waitFor } from './wait-for';

export interface PoolOptions {
  maxBatch: number;
  maxDelayMs: number;
  queueLimit: number;
  /** Bytes that all loaded models may take. */
  modelMemory: number;
}

/** Use of a loaded model; it stays in memory until it is released. */
export interface Lease {
  model: LoadedModel;
  batcher: Batcher;
  release(): void;
}

/** A version that is in memory, on its way there or on its way out. */
export interface PooledModel {
  version: VersionRecord;
  state: SlotState;
  /** There once it has been loaded. */
  model?: LoadedModel;
  batcher?: Batcher;
}

/** When a load that many wait for may be done. */
const loadRetryMs = 2000;

/**
 * Versions in memory: each is loaded once for all who ask, warmed up before anybody gets it, and makes room for others when
 * it was used longest ago.
 */
export class ModelPool {
  private readonly logger = new Logger('Serving');
  private readonly slots = new Map<string, PoolSlot>();
  /** Slots that are given to nobody any more. */
  private readonly draining = new Set<PoolSlot>();
  /** One at a time: each sees what memory the one before it took. */
  private lastLoad: Promise<unknown> = Promise.resolve();
  private uses = 0;

  constructor(
    private readonly executor: Executor,
    private readonly blobStore: Pick<BlobStore, 'path'>,
    private readonly metrics: ServingMetrics,
    private readonly options: PoolOptions,
    private readonly buffers = new ImageBuffers(),
  ) {}

  /**
   * Loads the version where it is not loaded. Who gives up waiting leaves the load to the others.
   * @throws DomainError INFERENCE_FAILED, MODEL_TOO_LARGE, QUEUE_FULL, DEADLINE_EXCEEDED, CANCELLED
   */
  async acquire(version: VersionRecord, waiter: Waiter = {}): Promise<Lease> {
    const slot = this.slots.get(version.id) ?? this.start(version);
    if (slot.state === 'loading') {
      if (slot.waiters >= this.options.queueLimit) throw queueFull(loadRetryMs);
      slot.waiters++;
      try {
        await waitFor(slot.ready, waiter);
      } finally {
        slot.waiters--;
      }
    }
    slot.usedAt = ++this.uses;
    return slot.lease();
  }

  /** What there is of a version, without loading it. */
  find({ id }: Pick<VersionRecord, 'id'>): PooledModel | undefined {
    return this.slots.get(id);
  }

  isReady(version: Pick<VersionRecord, 'id'>): boolean {
    return this.find(version)?.state === 'ready';
  }

  list(): PooledModel[] {
    return [...this.slots.values(), ...this.draining];
  }

  /** Gives the version to nobody any more; done when who has it is done and its memory is free. */
  async unload({ id }: Pick<VersionRecord, 'id'>): Promise<void> {
    const slot = this.slots.get(id);
    if (slot) await this.retire(slot);
  }

  async close(): Promise<void> {
    await Promise.all([...this.slots.values()].map((slot) => slot.free()));
    this.slots.clear();
  }

  private start(version: VersionRecord): PoolSlot {
    const slot = new PoolSlot(version);
    this.slots.set(version.id, slot);
    const loading = this.lastLoad.then(() => this.load(slot));
    this.lastLoad = loading.catch(() => undefined);
    slot.ready = loading.catch((error: Error) => {
      if (this.slots.get(version.id) === slot) this.slots.delete(version.id);
      throw error;
    });
    // Whoever waits hears of it; there may be nobody left.
    slot.ready.catch(() => undefined);
    return slot;
  }

  private async load(slot: PoolSlot): Promise<void> {
    const { version } = slot;
    const servable = await servableModel(version, this.blobStore);
    await this.makeRoom(servable.parameters * 4, slot);
    const started = performance.now();
    const { maxBatch, maxDelayMs, queueLimit } = this.options;
    const model = await this.executor.load(servable, { maxBatch });
    const name = { model: version.model, version: version.version };
    const batcherOptions = {
      ...{ maxBatch, maxDelayMs, queueLimit },
      ...{ instances: model.instances, picturesPerSecond: model.picturesPerSecond || undefined },
      onBatch: (batch: { pictures: number; computeMs: number }) =>
        this.metrics.batch({ ...name, executor: model.executor, ...batch }),
    };
    const batcher = new Batcher(model, batcherOptions, this.buffers);
    model.onLost((reason) => this.lose(slot, reason));
    slot.open(model, batcher);
    await this.makeRoom(0, slot);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    this.logger.log(`${nameOf(slot)} is ready on ${model.executor} after ${seconds} s`);
  }

  /** Frees what was used longest ago, what nobody uses first, until so many bytes more fit in. */
  private async makeRoom(bytes: number, newcomer: PoolSlot): Promise<void> {
    const { modelMemory } = this.options;
    if (bytes > modelMemory) throw tooLarge(newcomer, bytes, modelMemory);
    const taken = () => this.list().reduce((sum, { model }) => sum + (model?.bytes ?? 0), bytes);
    while (taken() > modelMemory) {
      const others = [...this.slots.values()].filter(
        (slot) => slot !== newcomer && slot.state === 'ready',
      );
      others.sort((a, b) => Number(a.leases > 0) - Number(b.leases > 0) || a.usedAt - b.usedAt);
      const [oldest] = others;
      if (oldest) {
        this.logger.log(`${nameOf(oldest)} makes room for ${nameOf(newcomer)}`);
        await this.retire(oldest);
      } else if (this.draining.size > 0) {
        await Promise.all([...this.draining].map(({ freed }) => freed));
      } else {
        this.logger.warn(`${nameOf(newcomer)} alone takes more than the memory meant for models`);
        return;
      }
    }
  }

  private async retire(slot: PoolSlot): Promise<void> {
    this.slots.delete(slot.version.id);
    this.draining.add(slot);
    await slot.drain();
    this.draining.delete(slot);
  }

  private lose(slot: PoolSlot, reason: string): void {
    this.logger.error(`${nameOf(slot)} was lost: ${reason}`);
    if (this.slots.get(slot.version.id) === slot) void this.retire(slot);
  }
}

function nameOf({ version }: PoolSlot): string {
  return `${version.model}:${version.version}`;
}

function tooLarge(slot: PoolSlot, bytes: number, limit: number): DomainError {
  return new DomainError(
    'MODEL_TOO_LARGE',
    `${nameOf(slot)} takes ${bytes} bytes of memory, more than the ${limit} that all models may take.`,
  );
}
