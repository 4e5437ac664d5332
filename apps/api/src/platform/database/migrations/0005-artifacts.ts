import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the exports of versions. */
export class Artifacts1764000000005 implements MigrationInterface {
  readonly name = 'Artifacts1764000000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE artifacts (
        id uuid PRIMARY KEY,
        job uuid NOT NULL UNIQUE,
        model text NOT NULL,
        version integer NOT NULL,
        format text NOT NULL,
        precision text NOT NULL,
        file_name text NOT NULL,
        blob text NOT NULL REFERENCES blobs (sha256),
        bytes bigint NOT NULL,
        verification json NOT NULL,
        created_at timestamptz NOT NULL,
        FOREIGN KEY (model, version) REFERENCES model_versions (model, version)
      )`);
    await runner.query(`CREATE INDEX artifacts_version ON artifacts (model, version)`);
    await runner.query(`CREATE INDEX artifacts_blob ON artifacts (blob)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE artifacts`);
  }
}
