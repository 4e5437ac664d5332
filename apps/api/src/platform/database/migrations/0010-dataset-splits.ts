import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds a dataset's own splits, its duplicates, and warnings for its uploader. */
export class DatasetSplits1764000000010 implements MigrationInterface {
  readonly name = 'DatasetSplits1764000000010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE datasets
        ADD warnings jsonb NOT NULL DEFAULT '[]',
        ADD splits jsonb`);
    await runner.query(`
      ALTER TABLE dataset_pictures
        ADD split text CHECK (split IN ('train', 'valid', 'test')),
        ADD copy_of integer`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE dataset_pictures DROP split, DROP copy_of`);
    await runner.query(`ALTER TABLE datasets DROP warnings, DROP splits`);
  }
}
