import { Injectable, Logger } from '@nestjs/common';
import { Database, violatesForeignKey } from '../database/database';
import { BlobStore, type StagedBlob } from './blob-store';

/**
 * Ties blobs to the rows that need them. Every such row refers to `blobs` by foreign key, so Postgres
 * itself knows whether a blob is needed, and the lock on the blob's row orders keeping and
 * collecting across processes: a blob is never removed while another upload of the same bytes comes in.
 */
@Injectable()
export class Blobs {
  private readonly logger = new Logger('Blobs');

  constructor(
    private readonly database: Database,
    private readonly store: BlobStore,
  ) {}

  /**
   * Places staged bytes and runs `insertRows`, which must refer to them, in one transaction. Where that fails the bytes go,
   * except inside a caller's transaction: the caller may try that again, and discards them in the end.
   */
  async keep<T>(staged: StagedBlob, insertRows: () => Promise<T>): Promise<T> {
    let placing = false;
    const place = async () => {
      await this.lock(staged.sha256, staged.bytes);
      placing = true;
      await this.store.place(staged);
      return await insertRows();
    };
    // What is placed already when the caller's transaction fails is collected by the next start's sweep.
    if (this.database.inTransaction) return place();
    try {
      return await this.database.transaction(place);
    } catch (error) {
      await this.store.discard(staged);
      if (placing) await this.collect(staged.sha256);
      throw error;
    }
  }

  /**
   * Removes a blob unless a row needs it. Call it after the transaction that deleted the row. What
   * can't be removed now is no harm but space: the next start's sweep finds it.
   */
  async collect(sha256: string): Promise<void> {
    try {
      await this.database.transaction(async () => {
        await this.lock(sha256, 0);
        await this.database.manager.query('DELETE FROM blobs WHERE sha256 = $1', [sha256]);
        await this.store.remove(sha256);
      });
    } catch (error) {
      if (violatesForeignKey(error)) return;
      this.logger.warn(`${sha256} stays until the next start: ${(error as Error).message}`);
    }
  }

  /** Collects what a crash left: files without a row, rows without a reference. */
  async sweep(): Promise<void> {
    const rows: { sha256: string }[] = await this.database.manager.query(
      'SELECT sha256 FROM blobs',
    );
    const known = new Set(rows.map(({ sha256 }) => sha256));
    for await (const sha256 of this.store.list()) known.add(sha256);
    for (const sha256 of known) await this.collect(sha256);
    this.logger.log(`Checked ${known.size} blobs for leftovers`);
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
