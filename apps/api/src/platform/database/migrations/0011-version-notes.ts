import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds notes about how a version's files were read. */
export class VersionNotes1764000000011 implements MigrationInterface {
  readonly name = 'VersionNotes1764000000011';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE model_versions ADD COLUMN notes jsonb NOT NULL DEFAULT '[]'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE model_versions DROP COLUMN notes`);
  }
}
