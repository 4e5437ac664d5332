import { Injectable } from '@nestjs/common';
import { ModelRegistry } from '../../../registry/models/model-registry';
import { ModelPool } from '../../pool/model-pool';
import type { PoolState } from '../../pool/pooled-model';
import { VersionRouter } from '../../routing/version-router';
import type { Waiter } from '../../pool/wait-for';
import { selectorOf } from './model-selector';
import type { V2Load, V2RepositoryEntry, V2Unload } from './v2.dto';

const stateNames = {
  loading: 'LOADING',
  ready: 'READY',
  draining: 'UNLOADING',
} as const satisfies Record<PoolState, V2RepositoryEntry['state']>;

/** Implements the protocol's model repository extension. */
@Injectable()
export class V2RepositoryService {
  constructor(
    private readonly registry: ModelRegistry,
    private readonly router: VersionRouter,
    private readonly pool: ModelPool,
  ) {}

  async index({ ready }: { ready: boolean }): Promise<V2RepositoryEntry[]> {
    const states = new Map(this.pool.list().map(({ version: { id }, state }) => [id, state]));
    const entries = (await this.registry.references()).map(
      ({ id, model, version }): V2RepositoryEntry => {
        const state = states.get(id);
        return {
          name: model,
          version: String(version),
          state: state ? stateNames[state] : 'UNAVAILABLE',
          reason: state ? '' : 'not loaded; a request for it loads it',
        };
      },
    );
    return ready ? entries.filter(({ state }) => state === 'READY') : entries;
  }

  /** Resolves when the version is loaded and warm. */
  async load(name: string, waiter: Waiter): Promise<V2Load> {
    const { model, ...which } = selectorOf(name);
    const lease = await this.pool.acquire(await this.router.resolve(model, which), waiter);
    lease.release();
    return { name, load: true };
  }

  /** Unloads every version of the model, or the one that is named; resolves when the memory is free. */
  async unload(name: string): Promise<V2Unload> {
    const { model, ...which } = selectorOf(name);
    const named = which.version !== undefined || which.alias !== undefined;
    const versions = named
      ? [await this.registry.resolve(model, which)]
      : await this.registry.references(model);
    await Promise.all(versions.map((version) => this.pool.unload(version)));
    return { name, unload: true };
  }
}
