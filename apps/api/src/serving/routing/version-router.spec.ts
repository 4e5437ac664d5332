import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DatabaseAwayError } from '../../platform/database/database-away';
import { DomainError } from '../../platform/errors/domain-error';
import type { VersionRecord, VersionSelector } from '../../registry/models/model';
import type { Lease } from '../pool/pooled-model';
import { VersionRouter } from './version-router';

Logger.overrideLogger(false);

/** Contents of the database, and the number of queries. */
const database = {
  versions: [1, 2],
  aliases: { best: 1 } as Record<string, number>,
  asked: 0,
  state: 'there' as 'there' | 'away' | 'hanging',
};
const record = (version: number) => ({ id: `m${version}`, model: 'm', version }) as VersionRecord;

const registry = {
  async resolve(model: string, { version, alias }: VersionSelector = {}) {
    database.asked++;
    if (database.state === 'away') throw new DatabaseAwayError(new Error('connection refused'));
    if (database.state === 'hanging') await new Promise(() => undefined);
    const wanted =
      alias === undefined ? (version ?? Math.max(...database.versions)) : database.aliases[alias];
    if (wanted === undefined || !database.versions.includes(wanted)) {
      throw new DomainError('VERSION_NOT_FOUND', `none of ${model}`);
    }
    return record(wanted);
  },
};

/** A pool whose loads end when the test says so. */
class SteeredPool {
  readonly ready = new Set<string>();
  readonly unloaded: number[] = [];
  end: (error?: Error) => void = () => undefined;

  isReady({ id }: Pick<VersionRecord, 'id'>): boolean {
    return this.ready.has(id);
  }

  async acquire({ id }: VersionRecord): Promise<Lease> {
    if (!this.ready.has(id)) {
      await new Promise<void>((resolve, reject) => {
        this.end = (error) => (error ? reject(error) : resolve());
      });
      this.ready.add(id);
    }
    return { release: () => undefined } as Lease;
  }

  async unload({ id, version }: VersionRecord): Promise<void> {
    this.ready.delete(id);
    this.unloaded.push(version);
  }

  list() {
    return [1, 2, 3]
      .map(record)
      .filter(({ id }) => this.ready.has(id))
      .map((version) => ({ version, state: 'ready' as const }));
  }
}

let pool: SteeredPool;
let router: VersionRouter;
const versionOf = async (which: VersionSelector) => (await router.resolve('m', which)).version;

beforeEach(() => {
  Object.assign(database, { versions: [1, 2], aliases: { best: 1 }, asked: 0, state: 'there' });
  pool = new SteeredPool();
  router = new VersionRouter(registry, pool as never);
  router.trust();
});

it('a route is looked up once, and again after changes may have been missed', async () => {
  expect(await versionOf({})).toBe(2);
  expect(await versionOf({})).toBe(2);
  expect(database.asked).toBe(1);
  router.distrust();
  await versionOf({});
  await versionOf({});
  expect(database.asked).toBe(3);
});

it('requests go to the old version until the new one is loaded, and then the old one is unloaded', async () => {
  pool.ready.add('m1');
  expect(await versionOf({ alias: 'best' })).toBe(1);
  database.aliases.best = 2;
  const moved = router.changed('m');
  await pause(2);
  expect(await versionOf({ alias: 'best' })).toBe(1);
  pool.end();
  await moved;
  expect(await versionOf({ alias: 'best' })).toBe(2);
  expect(pool.unloaded).toEqual([1]);
});

it('the old version stays loaded if another route leads to it', async () => {
  pool.ready.add('m1').add('m2');
  await versionOf({ alias: 'best' });
  await versionOf({ version: 1 });
  database.aliases.best = 2;
  await router.changed('m');
  expect(await versionOf({ alias: 'best' })).toBe(2);
  expect(pool.unloaded).toEqual([]);
});

it('a route moves at once if its version was not loaded', async () => {
  await versionOf({ alias: 'best' });
  database.aliases.best = 2;
  await router.changed('m');
  expect(await versionOf({ alias: 'best' })).toBe(2);
});

it('if the new version cannot be loaded, the alias does not move and the old version keeps answering', async () => {
  pool.ready.add('m1');
  await versionOf({ alias: 'best' });
  const refused = expect(router.aliasMoves('best', record(2))).rejects.toThrow('no memory');
  await pause(2);
  pool.end(new Error('no memory'));
  await refused;
  database.aliases.best = 2;
  const moved = router.changed('m');
  await pause(2);
  pool.end(new Error('no memory'));
  await moved;
  expect(await versionOf({ alias: 'best' })).toBe(1);
});

it('a deleted version is forgotten, loaded or not', async () => {
  pool.ready.add('m2');
  expect(await versionOf({})).toBe(2);
  expect(await versionOf({ version: 2 })).toBe(2);
  database.versions = [1];
  await router.changed('m');
  expect(await versionOf({})).toBe(1);
  await expect(versionOf({ version: 2 })).rejects.toMatchObject({ code: 'VERSION_NOT_FOUND' });
  expect(pool.unloaded).toContain(2);
});

it('a lookup that a change overtakes is not remembered', async () => {
  const slow = new VersionRouter(
    {
      resolve: async (model, which) => {
        const found = await registry.resolve(model, which);
        await pause(5);
        return found;
      },
    },
    pool as never,
  );
  slow.trust();
  const early = slow.resolve('m', { alias: 'best' });
  await pause(1);
  database.aliases.best = 2;
  await slow.changed('m');
  expect((await early).version).toBe(1);
  expect((await slow.resolve('m', { alias: 'best' })).version).toBe(2);
});

it('a lookup that began before listening is not current', async () => {
  router.distrust();
  const early = versionOf({ alias: 'best' });
  router.trust();
  expect(await early).toBe(1);
  database.aliases.best = 2;
  expect(await versionOf({ alias: 'best' })).toBe(2);
});

describe('while the database is away', () => {
  beforeEach(async () => {
    vi.useFakeTimers();
    await versionOf({ alias: 'best' });
    router.distrust();
    database.asked = 0;
  });
  afterEach(() => void vi.useRealTimers());

  it('last known routes are used for an hour, and the database is retried now and then', async () => {
    database.state = 'away';
    expect(router.canDoWithoutDatabase).toBe(true);
    expect(await versionOf({ alias: 'best' })).toBe(1);
    for (let request = 0; request < 10; request++) await versionOf({ alias: 'best' });
    expect(database.asked).toBe(1);
    await expect(versionOf({ version: 2 })).rejects.toThrow(DatabaseAwayError);
    vi.advanceTimersByTime(5 * 60_000);
    expect(await versionOf({ alias: 'best' })).toBe(1);
    expect(database.asked).toBe(3);
    vi.advanceTimersByTime(56 * 60_000);
    await expect(versionOf({ alias: 'best' })).rejects.toThrow(DatabaseAwayError);
    expect(router.canDoWithoutDatabase).toBe(false);
  });

  it('requests do not wait for a database that hangs', async () => {
    database.state = 'hanging';
    const answer = versionOf({ alias: 'best' });
    await vi.advanceTimersByTimeAsync(2000);
    expect(await answer).toBe(1);
    expect(await versionOf({ alias: 'best' })).toBe(1);
  });

  it('every route is looked up again once the database is back', async () => {
    database.state = 'away';
    await versionOf({ alias: 'best' });
    Object.assign(database, { state: 'there', aliases: { best: 2 } });
    vi.advanceTimersByTime(2500);
    // This request finds out that the database is back.
    await versionOf({ alias: 'best' });
    await vi.advanceTimersByTimeAsync(0);
    expect(await versionOf({ alias: 'best' })).toBe(2);
    database.aliases.best = 1;
    expect(await versionOf({ alias: 'best' })).toBe(1);
  });

  it('the routes of a model whose change could not be looked up are kept', async () => {
    router.trust();
    await versionOf({ alias: 'best' });
    database.state = 'away';
    await router.changed('m');
    expect(await versionOf({ alias: 'best' })).toBe(1);
  });
});
