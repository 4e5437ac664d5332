import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which worker runs a job, and which of a run's changes was the last to be committed. */
export class Workers1764000000007 implements MigrationInterface {
  readonly name = 'Workers1764000000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE jobs ADD worker uuid, ADD last_change uuid`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE jobs DROP worker, DROP last_change`);
  }
}
