import { Logger } from '@nestjs/common';
import { Turns, type Waiter, waitFor } from './wait-for';
import { tooLarge, PooledModel, Lease, PooledVersion } from './pooled-model';
import type { BlobStore } from '../../platform/blobs/blob-store';
import {
  type Executor,
  type ServableModel,
  inferenceFailed,
  tooSlow,
  servableModel,
} from '../engines/executor';
import type { VersionRecord } from '../../registry/models/model';
import { Batcher } from '../batching/batcher';
import { ImageBuffers } from '../batching/image-buffers';
import type { ServingMetrics } from '../metrics/serving-metrics';
import { queueFull } from '../serving-errors';

export interface PoolOptions {
  maxBatch: number;
  maxDelayMs: number;
  queueLimit: number;
  /** Bytes that all loaded models may take. */
  modelMemory: number;
  /** Time limit for loading a model and warming it up. */
  loadMs: number;
}

/** Retry-After when too many requests wait for a load. */
const loadRetryMs = 2000;

/** Number of concurrent loads: a slow one must not hold up others, but all of them share the cores. */
const loadsAtOnce = 4;

/**
 * Keeps versions in memory. Concurrent requests share one load; a version is warmed up before its first use, and the least
 * recently used one is evicted when another needs the memory.
 */
export class ModelPool {
  private readonly logger = new Logger('Serving');
  private readonly slots = new Map<string, PooledVersion>();
  /** Versions that are being unloaded and no longer handed out. */
  private readonly draining = new Set<PooledVersion>();
  private readonly turns = new Turns(loadsAtOnce);
  private uses = 0;

  constructor(
    private readonly executor: Executor,
    private readonly blobStore: Pick<BlobStore, 'path'>,
    private readonly metrics: ServingMetrics,
    private readonly options: PoolOptions,
    private readonly buffers = new ImageBuffers(),
  ) {}

  /**
   * Leases the version, loading it if necessary. The load continues for the others if one waiter gives up.
   * @throws DomainError INFERENCE_FAILED, MODEL_TOO_LARGE, QUEUE_FULL, DEADLINE_EXCEEDED, CANCELLED
   */
  async acquire(version: VersionRecord, waiter: Waiter = {}): Promise<Lease> {
    const slot = this.slots.get(version.id) ?? this.start(version);
    slot.usedAt = ++this.uses;
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

  /** Returns the version if it is in the pool, without loading it. */
  find({ id }: Pick<VersionRecord, 'id'>): PooledModel | undefined {
    return this.slots.get(id);
  }

  isReady(version: Pick<VersionRecord, 'id'>): boolean {
    return this.find(version)?.state === 'ready';
  }

  list(): PooledModel[] {
    return [...this.slots.values(), ...this.draining];
  }

  /** Stops handing out the version; resolves once it is not in use any more and its memory is free. */
  async unload({ id }: Pick<VersionRecord, 'id'>): Promise<void> {
    const slot = this.slots.get(id);
    if (slot) await this.retire(slot);
  }

  async close(): Promise<void> {
    await Promise.all([...this.slots.values()].map((slot) => slot.free()));
    this.slots.clear();
  }

  private start(version: VersionRecord): PooledVersion {
    // An abandoned load that still runs would only slow down a second one.
    const givenUp = [...this.draining].some(
      (slot) => slot.givenUp && slot.version.id === version.id,
    );
    if (givenUp) throw inferenceFailed(tooSlow);
    const slot = new PooledVersion(version);
    this.slots.set(version.id, slot);
    slot.ready = this.load(slot).catch((error: Error) => {
      if (this.slots.get(version.id) === slot) this.slots.delete(version.id);
      throw error;
    });
    // Waiting requests get the error; without any, it would be an unhandled rejection.
    slot.ready.catch(() => undefined);
    return slot;
  }

  private async load(slot: PooledVersion): Promise<void> {
    const servable = await servableModel(slot.version, this.blobStore);
    await this.makeRoom(servable, slot);
    await this.turns.take(() => this.loadInTime(slot, servable));
  }

  /** Fails at the time limit; the memory counts as taken until the load has really ended. */
  private async loadInTime(slot: PooledVersion, servable: ServableModel): Promise<void> {
    const { loadMs } = this.options;
    const signal = AbortSignal.timeout(loadMs);
    const loading = this.loadNow(slot, servable, signal);
    try {
      await waitFor(loading, { signal });
    } catch (error) {
      if (!signal.aborted) {
        slot.reserved = 0;
        throw error;
      }
      const seconds = loadMs / 1000;
      this.logger.error(`${slot.name} was not ready within ${seconds} s; loading it was abandoned`);
      slot.state = 'draining';
      slot.givenUp = true;
      this.draining.add(slot);
      slot.freed = loading
        .then(() => slot.free())
        .catch(() => undefined)
        .finally(() => this.draining.delete(slot));
      throw inferenceFailed(tooSlow);
    }
  }

  private async loadNow(slot: PooledVersion, servable: ServableModel, signal: AbortSignal) {
    const { version } = slot;
    const started = performance.now();
    const { maxBatch, maxDelayMs, queueLimit, modelMemory } = this.options;
    const options = { maxBatch, mostBytes: modelMemory, signal };
    const model = await this.executor.load(servable, options);
    const name = { model: version.model, version: version.version };
    const batcherOptions = {
      maxBatch,
      maxDelayMs,
      queueLimit,
      instances: model.instances,
      imagesPerSecond: model.imagesPerSecond || undefined,
      onBatch: (batch: { images: number; computeMs: number }) =>
        this.metrics.batch({ ...name, executor: model.executor, ...batch }),
    };
    const batcher = new Batcher(model, batcherOptions, this.buffers);
    model.onLost((reason) => this.lose(slot, reason));
    slot.open(model, batcher);
    this.shrink(slot);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    this.logger.log(`${slot.name} is ready on ${model.executor} after ${seconds} s`);
  }

  /** Waits until the memory for a load is free, and reserves it. */
  private async makeRoom(servable: ServableModel, newcomer: PooledVersion): Promise<void> {
    const { modelMemory } = this.options;
    const bytes = this.executor.bytesToLoad(servable, { mostBytes: modelMemory });
    if (bytes > modelMemory) throw tooLarge(newcomer, bytes, modelMemory);
    while (this.taken() + bytes > modelMemory) {
      const oldest = this.oldestBeside(newcomer);
      if (oldest) {
        this.logger.log(`Evicting ${oldest.name} to make room for ${newcomer.name}`);
        await this.retire(oldest);
      } else {
        await this.nextChange(newcomer);
      }
    }
    newcomer.reserved = bytes;
  }

  /** Evicts least recently used models if one took more memory than expected. */
  private shrink(newcomer: PooledVersion): void {
    const { modelMemory } = this.options;
    const staying = () => [...this.slots.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    while (staying() > modelMemory) {
      const oldest = this.oldestBeside(newcomer);
      if (!oldest) {
        this.logger.warn('Loaded models exceed COATRACK_MODEL_MEMORY');
        return;
      }
      this.logger.log(`Evicting ${oldest.name} to make room for ${newcomer.name}`);
      void this.retire(oldest);
    }
  }

  private taken(): number {
    return [...this.slots.values(), ...this.draining].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Returns the least recently used version, idle ones first. */
  private oldestBeside(newcomer: PooledVersion): PooledVersion | undefined {
    const others = [...this.slots.values()].filter(
      (slot) => slot !== newcomer && slot.state === 'ready',
    );
    others.sort((a, b) => Number(a.leases > 0) - Number(b.leases > 0) || a.usedAt - b.usedAt);
    return others[0];
  }

  /** Waits until one of the others is out of memory, or is loaded and can make room. */
  private async nextChange(newcomer: PooledVersion): Promise<void> {
    const leaving = [...this.draining].filter((slot) => slot !== newcomer);
    const loading = [...this.slots.values()].filter(
      (slot) => slot !== newcomer && slot.reserved > 0,
    );
    await Promise.race([
      ...leaving.map(({ freed }) => freed),
      ...loading.map(({ ready }) => ready.catch(() => undefined)),
    ]);
  }

  private async retire(slot: PooledVersion): Promise<void> {
    this.slots.delete(slot.version.id);
    this.draining.add(slot);
    await slot.drain();
    this.draining.delete(slot);
  }

  private lose(slot: PooledVersion, reason: string): void {
    this.logger.error(`${slot.name} was lost: ${reason}`);
    if (this.slots.get(slot.version.id) === slot) void this.retire(slot);
  }
}
