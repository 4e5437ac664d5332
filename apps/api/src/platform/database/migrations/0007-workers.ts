import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the worker that runs a job, and the last committed change of its run. */
export class Workers1764000000007 implements MigrationInterface {
  readonly name = 'Workers1764000000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE jobs ADD worker uuid, ADD last_change uuid`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE jobs DROP worker, DROP last_change`);
  }
}
