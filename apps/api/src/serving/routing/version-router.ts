import { Logger } from '@nestjs/common';
import { DatabaseAwayError, inTime } from '../../platform/database/database-away';
import { DomainError } from '../../platform/errors/domain-error';
import type { VersionRecord, VersionSelector } from '../../registry/models/model';
import type { ModelObserver } from '../../registry/models/model-changes';
import type { ModelRegistry } from '../../registry/models/model-registry';
import type { ModelPool } from '../pool/model-pool';
import type { Lease } from '../pool/pooled-model';
import { type Route, RouteTable } from './route-table';

/** How long a route is used after it was last known to be right, while the database is away. */
const lastKnownMs = 60 * 60_000;
/** How often a database that is away is asked again; in between, what was last known is used without asking. */
const askAgainMs = 2000;

/**
 * Which version a request is for, from memory. A route moves to another version when that is loaded and warm, if the one
 * before it was: until then requests go where they went. Routes are current while it is sure that every change is heard of;
 * others are looked up again, and used as they were last known while the database is away.
 */
export class VersionRouter implements ModelObserver {
  private readonly logger = new Logger('Serving');
  private readonly table = new RouteTable();
  /** Counts changes, by which an answer from the database is known to be an old one. */
  private changes = 0;
  private listening = false;
  /** Since the database is away: when it is asked next, by performance.now(). */
  private askAgainAt?: number;
  /** The last of each model's changes to be taken in. */
  private readonly updates = new Map<string, Promise<void>>();

  constructor(
    private readonly registry: Pick<ModelRegistry, 'resolve'>,
    private readonly pool: Pick<ModelPool, 'acquire' | 'isReady' | 'unload' | 'list'>,
  ) {}

  /** Whether requests for models that were asked for before are answered although the database is away. */
  get canDoWithoutDatabase(): boolean {
    return this.table.all().some((route) => route.current || isRecent(route));
  }

  /** What is known without asking the database. */
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
      // One request finds out whether the database is back, and does not wait for it.
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

  /** From now on every change is heard of, by `changed`. */
  trust(): void {
    this.doubt(this.table.all());
    this.listening = true;
    this.askAgainAt = undefined;
    // Whatever is being looked up may have been read before that.
    this.changes++;
  }

  /** Changes may be missed from now on. */
  distrust(): void {
    this.listening = false;
    this.doubt(this.table.all());
    this.changes++;
  }

  async aliasMoves(alias: string, target: VersionRecord): Promise<void> {
    const route = this.table.get(target.model, { alias });
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
    return this.table.of(model).some(({ version }) => version.id === id);
  }

  private async unloadDeleted(model: string): Promise<void> {
    for (const { version } of this.pool.list()) {
      if (version.model !== model) continue;
      if (!(await this.find(model, version))) void this.pool.unload(version);
    }
  }

  /** undefined: the version does not exist (any more). */
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

  /** Looks it up and remembers the answer, also where the caller has given up waiting for it. */
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
      this.logger.warn(`Models are served as they were last known: ${message}`);
    }
    this.askAgainAt = performance.now() + askAgainMs;
  }

  /** They are looked up again before they are used, if the database answers. */
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
