import { Logger } from '@nestjs/common';
import { DatabaseAwayError, inTime } from '../../platform/database/database-away';
import { DomainError } from '../../platform/errors/domain-error';
import type { VersionRecord, VersionSelector } from '../../registry/models/model';
import type { ModelObserver } from '../../registry/models/model-changes';
import type { ModelRegistry } from '../../registry/models/model-registry';
import type { ModelPool } from '../pool/model-pool';
import type { Lease } from '../pool/pooled-model';
import { type Route, RouteTable } from './route-table';

/** How long last known routes are used while the database is away. */
const lastKnownMs = 60 * 60_000;
/** Interval between attempts to reach an unavailable database; in between, last known routes are used. */
const askAgainMs = 2000;

/**
 * Resolves requests to versions from memory. If a route's version is loaded and the route changes, it moves only when the
 * new version is loaded and warm. Routes are current as long as no change can have been missed; other routes are looked up
 * again, and while the database is away the last known ones are used.
 */
export class VersionRouter implements ModelObserver {
  private readonly logger = new Logger('Serving');
  private readonly table = new RouteTable();
  /** Counts changes, to recognise answers from the database that a change has overtaken. */
  private changes = 0;
  private listening = false;
  /** While the database is away: time of the next attempt, in ms on the clock of performance.now(). */
  private askAgainAt?: number;
  /** The latest update in progress, by model. */
  private readonly updates = new Map<string, Promise<void>>();

  constructor(
    private readonly registry: Pick<ModelRegistry, 'resolve'>,
    private readonly pool: Pick<ModelPool, 'acquire' | 'isReady' | 'unload' | 'list'>,
  ) {}

  /** Whether requests for known models can be answered without the database. */
  get canDoWithoutDatabase(): boolean {
    return this.table.all().some((route) => route.current || isRecent(route));
  }

  /** Returns the version if it is known without asking the database. */
  known(model: string, which: VersionSelector = {}): VersionRecord | undefined {
    const route = this.table.get(model, which);
    if (!route) return undefined;
    const away = this.askAgainAt !== undefined && performance.now() < this.askAgainAt;
    return route.current || (away && isRecent(route)) ? route.version : undefined;
  }

  /** @throws DomainError MODEL_NOT_FOUND, VERSION_NOT_FOUND, ALIAS_NOT_FOUND; DatabaseAwayError where nothing is known */
  async resolve(model: string, which: VersionSelector = {}): Promise<VersionRecord> {
    const known = this.known(model, which);
    if (known) return known;
    const route = this.table.get(model, which);
    const last = route && isRecent(route) ? route.version : undefined;
    if (last && this.askAgainAt !== undefined) {
      // This request checks in the background whether the database is back.
      this.askAgainAt = performance.now() + askAgainMs;
      this.ask(model, which).catch(() => undefined);
      return last;
    }
    const asked = this.ask(model, which);
    try {
      return await (last ? inTime(asked) : asked);
    } catch (error) {
      if (!(error instanceof DatabaseAwayError)) throw error;
      this.goWithout(error);
      if (!last) throw error;
      return last;
    }
  }

  /** Called when `changed` will be called for every change from now on. */
  trust(): void {
    this.doubt(this.table.all());
    this.listening = true;
    this.askAgainAt = undefined;
    // Lookups in progress may have read older data.
    this.changes++;
  }

  /** Called when changes may be missed from now on. */
  distrust(): void {
    this.listening = false;
    this.doubt(this.table.all());
    this.changes++;
  }

  async aliasMoves(alias: string, target: VersionRecord): Promise<void> {
    const route = this.table.get(target.model, { alias });
    if (route) (await this.prepared(route.version, target))?.release();
  }

  /** Updates the routes of a model that has changed. */
  changed(model: string): Promise<void> {
    this.changes++;
    // One after another: the last to read must be the last to write.
    const update = (this.updates.get(model) ?? Promise.resolve())
      .then(() => this.update(model))
      .catch((error: Error) => {
        this.logger.error(`A change to ${model} could not be looked up: ${error.message}`);
        this.doubt(this.table.of(model));
      })
      .finally(() => {
        if (this.updates.get(model) === update) this.updates.delete(model);
      });
    this.updates.set(model, update);
    return update;
  }

  private async update(model: string): Promise<void> {
    await Promise.all(this.table.of(model).map((route) => this.move(route)));
    await this.unloadDeleted(model);
  }

  private async move(route: Route): Promise<void> {
    const { model } = route.version;
    const target = await this.find(model, route.which);
    if (!target) {
      this.table.delete(model, route.which);
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

  /** Loads the new version if the old one is loaded; if that fails, requests stay with the old one. */
  private async prepare(before: VersionRecord, target: VersionRecord) {
    try {
      return await this.prepared(before, target);
    } catch (error) {
      const [from, to] = [before, target].map(({ model, version }) => `${model}:${version}`);
      this.logger.error(
        `${from} continues to serve, as ${to} could not be loaded: ${(error as Error).message}`,
      );
      return 'failed';
    }
  }

  /** Loads the target if the version it replaces is loaded. */
  private async prepared(before: VersionRecord, target: VersionRecord): Promise<Lease | undefined> {
    return this.pool.isReady(before) ? this.pool.acquire(target) : undefined;
  }

  private isRouted({ model, id }: VersionRecord): boolean {
    return this.table.of(model).some(({ version }) => version.id === id);
  }

  private async unloadDeleted(model: string): Promise<void> {
    for (const { version } of this.pool.list()) {
      if (version.model !== model) continue;
      if (!(await this.find(model, version))) void this.pool.unload(version);
    }
  }

  /** Returns undefined if the version does not exist any more. */
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

  /** Looks up the version and remembers the answer, even if the caller has stopped waiting. */
  private async ask(model: string, which: VersionSelector): Promise<VersionRecord> {
    const before = this.changes;
    try {
      const version = await this.registry.resolve(model, which);
      const current = this.listening && before === this.changes;
      this.table.set({ which, version, current, knownAt: performance.now() });
      this.askAgainAt = undefined;
      return version;
    } catch (error) {
      if (error instanceof DomainError) this.table.delete(model, which);
      throw error;
    }
  }

  private goWithout({ message }: Error): void {
    if (this.askAgainAt === undefined) {
      this.logger.warn(`The database is unavailable; using the last known versions: ${message}`);
    }
    this.askAgainAt = performance.now() + askAgainMs;
  }

  /** Marks routes to be looked up again before their next use, if the database answers. */
  private doubt(routes: readonly Route[]): void {
    for (const route of routes) {
      if (route.current) route.knownAt = performance.now();
      route.current = false;
    }
  }
}

function isRecent({ knownAt }: Route): boolean {
  return performance.now() - knownAt < lastKnownMs;
}
