import { Injectable, Logger } from '@nestjs/common';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { Database, violatesForeignKey } from '../database/database';
import { BlobStore, type StagedBlob } from './blob-store';

@Entity('blobs')
export class BlobEntity {
  @PrimaryColumn('text')
  sha256!: string;

  @Column('bigint')
  bytes!: string;
}

const batchSize = 1000;
const sweepMs = 60_000;

/** A column that refers to a blob; both names are quoted if necessary. */
interface Reference {
  table: string;
  column: string;
}

/**
 * Ties blobs to the rows that need them. Every such row refers to `blobs` by foreign key, so Postgres knows whether a blob
 * is needed. The lock on the blob's row orders keeping and collecting across processes: a blob is never removed while the
 * same bytes are being uploaded.
 */
@Injectable()
export class Blobs {
  private readonly logger = new Logger('Blobs');
  private references?: Reference[];
  private sweeping?: Promise<void>;
  private timer?: NodeJS.Timeout;
  private stopped = false;

  constructor(
    private readonly database: Database,
    private readonly store: BlobStore,
  ) {}

  /**
   * Places staged bytes and runs `insertRows`, which must refer to them, in one transaction. On failure the bytes are
   * removed, except inside a caller's transaction: the caller may retry that, and must discard them in the end.
   */
  async keep<T>(staged: StagedBlob, insertRows: () => Promise<T>): Promise<T> {
    let placing = false;
    const place = async () => {
      await this.lock(staged.sha256, staged.bytes);
      placing = true;
      await this.store.place(staged);
      return await insertRows();
    };
    // If the caller's transaction fails, the next sweep collects the placed bytes.
    if (this.database.inTransaction) return place();
    try {
      return await this.database.transaction(place);
    } catch (error) {
      if (placing) await this.collect(staged.sha256);
      throw error;
    } finally {
      await this.store.discard(staged);
    }
  }

  /**
   * Removes a blob unless a row needs it. Call it after the transaction that deleted the row. A blob that cannot be removed
   * now only costs space until the next sweep.
   */
  async collect(sha256: string): Promise<void> {
    try {
      // Checked before anything is locked, because most blobs are still needed.
      if (await this.isNeeded(sha256)) return;
      await this.database.transaction(async () => {
        await this.lock(sha256, 0);
        // A transaction that kept the same bytes meanwhile has ended by now. A needed blob is left alone without a lock on
        // the row
        // that needs it, whose holder may be waiting for this one.
        if (await this.isNeeded(sha256)) return;
        await this.database.manager.query('DELETE FROM blobs WHERE sha256 = $1', [sha256]);
        await this.store.remove(sha256);
      });
    } catch (error) {
      if (violatesForeignKey(error)) return;
      this.logger.warn(
        `${sha256} could not be removed; the next sweep tries again: ${(error as Error).message}`,
      );
    }
  }

  /** Sweeps now and then every minute, so that leftovers of a crash don't wait for the next start. */
  startSweeping(): void {
    this.sweeping = this.sweep()
      .then(() => this.store.sweep())
      .catch((error: Error) => this.logger.warn(`Sweeping leftover files failed: ${error.message}`))
      .then(() => {
        if (!this.stopped) this.timer = setTimeout(() => this.startSweeping(), sweepMs);
      });
  }

  async stopSweeping(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.sweeping;
  }

  /** Collects leftovers of a crash: files without a row, rows without a reference. Locks nothing else. */
  async sweep(): Promise<void> {
    const unneeded: { sha256: string }[] = await this.database.manager.query(
      `SELECT sha256 FROM blobs WHERE NOT (${await this.needed()})`,
    );
    for (const { sha256 } of unneeded) await this.collectFound(sha256);
    let batch: string[] = [];
    for await (const sha256 of this.store.list()) {
      if (batch.push(sha256) < batchSize) continue;
      await this.collectUnknown(batch);
      batch = [];
    }
    await this.collectUnknown(batch);
  }

  private async collectUnknown(files: string[]): Promise<void> {
    const unknown: { sha256: string }[] = await this.database.manager.query(
      `SELECT sha256 FROM unnest($1::text[]) AS file (sha256)
       WHERE NOT EXISTS (SELECT 1 FROM blobs WHERE blobs.sha256 = file.sha256)`,
      [files],
    );
    for (const { sha256 } of unknown) await this.collectFound(sha256);
  }

  /** Collects one leftover, unless the process is stopping. */
  private async collectFound(sha256: string): Promise<void> {
    if (!this.stopped) await this.collect(sha256);
  }

  private async isNeeded(sha256: string): Promise<boolean> {
    const found: unknown[] = await this.database.manager.query(
      `SELECT 1 FROM blobs WHERE sha256 = $1 AND (${await this.needed()})`,
      [sha256],
    );
    return found.length > 0;
  }

  /** Returns SQL that is true if any row refers to a row of `blobs`, derived from the foreign keys. */
  private async needed(): Promise<string> {
    this.references ??= await this.database.manager.query<Reference[]>(
      `SELECT conrelid::regclass::text AS "table", quote_ident(attname) AS "column"
       FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
       WHERE contype = 'f' AND confrelid = 'blobs'::regclass`,
    );
    return this.references
      .map(
        ({ table, column }) =>
          `EXISTS (SELECT 1 FROM ${table} AS holder WHERE holder.${column} = blobs.sha256)`,
      )
      .join(' OR ');
  }

  /** Inserts or finds the blob's row, and holds its lock until the transaction ends. */
  private async lock(sha256: string, bytes: number): Promise<void> {
    await this.database.manager.query(
      `INSERT INTO blobs (sha256, bytes) VALUES ($1, $2)
       ON CONFLICT (sha256) DO UPDATE SET bytes = greatest(blobs.bytes, excluded.bytes)`,
      [sha256, bytes],
    );
  }
}

/**
 * Reads a row's blob. If the row has just been deleted, the error says so.
 * @param requireRow throws if the row no longer exists
 */
export async function readOwned<T>(
  read: () => Promise<T>,
  requireRow: () => Promise<unknown>,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    await requireRow();
    throw error;
  }
}
