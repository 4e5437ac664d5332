import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the measured speed of versions. */
export class Measurements1764000000006 implements MigrationInterface {
  readonly name = 'Measurements1764000000006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE measurements (
        id uuid PRIMARY KEY,
        job uuid NOT NULL,
        model text NOT NULL,
        version integer NOT NULL,
        executor text NOT NULL,
        image_size integer NOT NULL,
        batch_size integer NOT NULL,
        instances integer NOT NULL,
        latency json NOT NULL,
        throughput double precision NOT NULL,
        runs integer NOT NULL,
        memory_bytes bigint NOT NULL,
        hardware jsonb NOT NULL,
        created_at timestamptz NOT NULL,
        FOREIGN KEY (model, version) REFERENCES model_versions (model, version) ON DELETE CASCADE
      )`);
    await runner.query(`CREATE INDEX measurements_version ON measurements (model, version)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM jobs WHERE type = 'benchmark'`);
    await runner.query(`DROP TABLE measurements`);
  }
}
