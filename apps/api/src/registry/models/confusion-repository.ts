import type { Confusion, ConfusionEntry } from '@coatrack/training';
import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database';

/** Rows per INSERT. */
const insertChunk = 20_000;

/** Number of images of one class that were classified as another. */
interface ConfusedPair extends ConfusionEntry {
  /** Share of the images of the true class, in (0, 1]. */
  share: number;
}

/** Number of images of a class that were classified correctly. */
interface ClassRecall {
  class: number;
  images: number;
  correct: number;
}

/** Restricts which part of a version's confusion to read. */
interface ConfusionFilter {
  /** Only images of these classes. */
  classes?: number[];
  limit: number;
}

/** Stores the confusion of versions, one row per pair of classes that occurred. */
@Injectable()
export class ConfusionRepository {
  constructor(private readonly database: Database) {}

  /** Inserts a version's confusion, joining a running transaction. */
  async insert(version: string, confusion: Confusion): Promise<void> {
    let chunk: ConfusionEntry[] = [];
    for (const entry of confusion.entries()) {
      chunk.push(entry);
      if (chunk.length < insertChunk) continue;
      await this.insertChunk(version, chunk);
      chunk = [];
    }
    if (chunk.length > 0) await this.insertChunk(version, chunk);
  }

  /** Counts the images that the version was validated on. */
  async images(version: string): Promise<number> {
    const [row] = await this.database.manager.query<{ images: number }[]>(
      `SELECT coalesce(sum(count), 0)::integer AS images FROM version_confusions WHERE version_id = $1`,
      [version],
    );
    return row!.images;
  }

  /** Lists pairs of confused classes, the most frequent first. */
  pairs(version: string, { classes, limit }: ConfusionFilter): Promise<ConfusedPair[]> {
    return this.database.manager.query(
      `SELECT actual, predicted, count, count::double precision / images AS share
       FROM (SELECT *, sum(count) OVER (PARTITION BY actual) AS images
             FROM version_confusions
             WHERE version_id = $1 AND ($2::integer[] IS NULL OR actual = ANY($2))) AS counted
       WHERE actual <> predicted
       ORDER BY count DESC, share DESC, actual, predicted LIMIT $3`,
      [version, classes, limit],
    );
  }

  /** Lists classes that have images, the lowest recall first. */
  recall(version: string, { classes, limit }: ConfusionFilter): Promise<ClassRecall[]> {
    return this.database.manager.query(
      `SELECT actual AS class, sum(count)::integer AS images,
         coalesce(sum(count) FILTER (WHERE actual = predicted), 0)::integer AS correct
       FROM version_confusions
       WHERE version_id = $1 AND ($2::integer[] IS NULL OR actual = ANY($2))
       GROUP BY actual
       ORDER BY coalesce(sum(count) FILTER (WHERE actual = predicted), 0) / sum(count)::double precision,
         sum(count) DESC, actual LIMIT $3`,
      [version, classes, limit],
    );
  }

  /** Returns the counts among these classes. */
  among(version: string, classes: number[]): Promise<ConfusionEntry[]> {
    return this.database.manager.query(
      `SELECT actual, predicted, count FROM version_confusions
       WHERE version_id = $1 AND actual = ANY($2) AND predicted = ANY($2)`,
      [version, classes],
    );
  }

  private async insertChunk(version: string, entries: ConfusionEntry[]): Promise<void> {
    await this.database.manager.query(
      `INSERT INTO version_confusions (version_id, actual, predicted, count)
       SELECT $1, * FROM unnest($2::integer[], $3::integer[], $4::integer[])`,
      [
        version,
        entries.map(({ actual }) => actual),
        entries.map(({ predicted }) => predicted),
        entries.map(({ count }) => count),
      ],
    );
  }
}
