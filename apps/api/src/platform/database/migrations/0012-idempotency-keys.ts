import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the answers to requests with an Idempotency-Key, for repeated requests. */
export class IdempotencyKeys1764000000012 implements MigrationInterface {
  readonly name = 'IdempotencyKeys1764000000012';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE idempotency_keys (
        key_id uuid NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
        key text NOT NULL,
        route text NOT NULL,
        request_hash bytea NOT NULL,
        status integer NOT NULL,
        answer json NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (key_id, key)
      )`);
    await runner.query(`CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE idempotency_keys`);
  }
}
