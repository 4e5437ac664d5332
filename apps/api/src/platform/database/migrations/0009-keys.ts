import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds scopes and expiry of keys, browser sessions, login links, and the audit of changes. */
export class Keys1764000000009 implements MigrationInterface {
  readonly name = 'Keys1764000000009';

  async up(runner: QueryRunner): Promise<void> {
    // The only existing key, "admin", gets all permissions.
    await runner.query(`
      ALTER TABLE api_keys
        ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT api_keys_id_key UNIQUE,
        ADD COLUMN scopes text[] NOT NULL DEFAULT '{admin}',
        ADD COLUMN expires_at timestamptz,
        ADD COLUMN last_used_at timestamptz,
        ADD COLUMN set_by uuid`);
    await runner.query(`ALTER TABLE api_keys ALTER COLUMN scopes DROP DEFAULT`);
    await runner.query(`
      CREATE TABLE sessions (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        key_id uuid NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
        hash bytea NOT NULL UNIQUE,
        proof_hash bytea NOT NULL,
        user_agent text NOT NULL,
        address text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_used_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL
      )`);
    await runner.query(`CREATE INDEX sessions_key ON sessions (key_id)`);
    await runner.query(`
      CREATE TABLE login_tokens (
        hash bytea PRIMARY KEY,
        key_id uuid NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
        expires_at timestamptz NOT NULL
      )`);
    // Entries outlive the keys and sessions that they name, hence no foreign keys.
    await runner.query(`
      CREATE TABLE audit (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL,
        key_id uuid,
        key_name text,
        session_id bigint,
        method text NOT NULL,
        route text NOT NULL,
        resource text NOT NULL,
        status integer NOT NULL,
        request_id text NOT NULL,
        address text NOT NULL
      )`);
    await runner.query(`CREATE INDEX audit_at ON audit (at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE audit, login_tokens, sessions`);
    await runner.query(`DELETE FROM api_keys WHERE name <> 'admin'`);
    await runner.query(`
      ALTER TABLE api_keys
        DROP COLUMN id, DROP COLUMN scopes, DROP COLUMN expires_at, DROP COLUMN last_used_at,
        DROP COLUMN set_by`);
  }
}
