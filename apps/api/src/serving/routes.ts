import { Logger } from '@nestjs/common';
import { DomainError } from '../errors/domain-error';
import type { VersionRecord, VersionSelector } from '../models/model';
import type { ModelObserver } from '../models/model-changes';
import type { ModelRegistry } from '../models/model-registry';
import type { Lease, ModelPool } from './model-pool';

/** Ways to name a version that are remembered; beyond that they are looked up again. */
const routeLimit = 10_000;

interface Route {
  which: VersionSelector;
  version: VersionRecord;
}

/**
 * Which version a request is for, from memory. A route moves to another version when that is loaded and warm, if the one
 * before it was: until then requests go where they went. Routes are kept while it is sure that every change is heard of.
 */
export class Routes implements ModelObserver {
  private readonly logger = new Logger('Serving');
  /** By model, then by what it was asked for. */
  private readonly routes = new Map<string, Map<string, Route>>();
  /** Counts changes, by which an answer from the database is known to be an old one. */
  private changes = 0;
  private count = 0;
  private listening = false;
  /** The last of each model's changes to be taken in. */
  private readonly updates = new Map<string, Promise<void>>();

  constructor(
    private readonly registry: Pick<ModelRegistry, 'resolve'>,
    private readonly pool: Pick<ModelPool, 'acquire' | 'isReady' | 'unload' | 'list'>,
  ) {}

  /** What is known without asking the database. */
  known(model: string, which: VersionSelector = {}): VersionRecord | undefined {
    return this.routes.get(model)?.get(keyOf(which))?.version;
  }

  /** @throws DomainError MODEL_NOT_FOUND, VERSION_NOT_FOUND, ALIAS_NOT_FOUND */
  async resolve(model: string, which: VersionSelector = {}): Promise<VersionRecord> {
    const known = this.known(model, which);
    if (known) return known;
    const before = this.changes;
    const version = await this.registry.resolve(model, which);
    if (this.listening && before === this.changes) this.remember({ which, version });
    return version;
  }

  /** From now on every change is heard of, by `changed`. */
  trust(): void {
    this.forget();
    this.listening = true;
  }

  /** Changes may be missed from now on. */
  distrust(): void {
    this.listening = false;
    this.forget();
  }

  async aliasMoves(alias: string, target: VersionRecord): Promise<void> {
    const route = this.routes.get(target.model)?.get(keyOf({ alias }));
    if (route) (await this.prepared(route.version, target))?.release();
  }

  /** Takes in what has become of a model. */
  changed(model: string): Promise<void> {
    this.changes++;
    // One after another: the last to look must be the last to write.
    const update = (this.updates.get(model) ?? Promise.resolve())
      .then(() => this.update(model))
      .catch((error: Error) => {
        this.logger.error(`What became of ${model} is not known: ${error.message}`);
        this.drop(model);
      })
      .finally(() => {
        if (this.updates.get(model) === update) this.updates.delete(model);
      });
    this.updates.set(model, update);
    return update;
  }

  private async update(model: string): Promise<void> {
    const routes = [...(this.routes.get(model)?.values() ?? [])];
    await Promise.all(routes.map((route) => this.move(route)));
    await this.unloadDeleted(model);
  }

  private async move(route: Route): Promise<void> {
    const { model } = route.version;
    const target = await this.find(model, route.which);
    if (!target) {
      this.routes.get(model)?.delete(keyOf(route.which));
      return;
    }
    if (target.id === route.version.id) return;
    const before = route.version;
    const lease = (await this.find(model, before)) ? await this.prepare(before, target) : undefined;
    if (lease === 'failed') return;
    route.version = target;
    lease?.release();
    if (!this.isRouted(before)) void this.pool.unload(before);
  }

  /** Not while it fails: then requests stay where they are answered. */
  private async prepare(before: VersionRecord, target: VersionRecord) {
    try {
      return await this.prepared(before, target);
    } catch (error) {
      const [from, to] = [before, target].map(({ model, version }) => `${model}:${version}`);
      this.logger.error(
        `${from} is served on, for ${to} is not ready: ${(error as Error).message}`,
      );
      return 'failed';
    }
  }

  /** Loads what takes over from a version that is loaded. */
  private async prepared(before: VersionRecord, target: VersionRecord): Promise<Lease | undefined> {
    return this.pool.isReady(before) ? this.pool.acquire(target) : undefined;
  }

  private isRouted({ model, id }: VersionRecord): boolean {
    return [...(this.routes.get(model)?.values() ?? [])].some(({ version }) => version.id === id);
  }

  private async unloadDeleted(model: string): Promise<void> {
    for (const { version } of this.pool.list()) {
      if (version.model !== model) continue;
      if (!(await this.find(model, version))) void this.pool.unload(version);
    }
  }

  /** undefined: there is no such version, or no longer. */
  private async find(
    model: string,
    { version, alias, id }: VersionSelector & { id?: string },
  ): Promise<VersionRecord | undefined> {
    try {
      const found = await this.registry.resolve(model, { version, alias });
      return id === undefined || found.id === id ? found : undefined;
    } catch (error) {
      if (error instanceof DomainError) return undefined;
      throw error;
    }
  }

  private remember(route: Route): void {
    if (++this.count > routeLimit) this.forget();
    const { model } = route.version;
    const routes = this.routes.get(model) ?? new Map<string, Route>();
    this.routes.set(model, routes);
    routes.set(keyOf(route.which), route);
  }

  private drop(model: string): void {
    this.routes.delete(model);
  }

  private forget(): void {
    this.routes.clear();
    this.count = 0;
  }
}

function keyOf({ version, alias }: VersionSelector): string {
  return alias === undefined ? `:${version ?? ''}` : `@${alias}`;
}
