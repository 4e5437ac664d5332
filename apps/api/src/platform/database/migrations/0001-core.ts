import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keys, blobs, datasets and the model registry. */
export class Core1764000000001 implements MigrationInterface {
  readonly name = 'Core1764000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE api_keys (
        name text PRIMARY KEY,
        hash bytea NOT NULL UNIQUE,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    // Every row that needs a blob refers to it by foreign key: a blob without references can be deleted.
    await runner.query(`
      CREATE TABLE blobs (
        sha256 text PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
        bytes bigint NOT NULL
      )`);
    await runner.query(`
      CREATE TABLE datasets (
        id uuid PRIMARY KEY,
        name text NOT NULL CONSTRAINT datasets_name_key UNIQUE,
        blob text NOT NULL REFERENCES blobs (sha256),
        bytes bigint NOT NULL,
        pictures integer NOT NULL,
        classes jsonb NOT NULL,
        skipped jsonb NOT NULL,
        skipped_count integer NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`CREATE INDEX datasets_blob ON datasets (blob)`);
    await runner.query(`
      CREATE TABLE dataset_pictures (
        dataset_id uuid NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
        index integer NOT NULL,
        class integer NOT NULL,
        name text NOT NULL,
        format text NOT NULL,
        byte_offset bigint NOT NULL,
        byte_length integer NOT NULL,
        width integer NOT NULL,
        height integer NOT NULL,
        PRIMARY KEY (dataset_id, index)
      )`);
    await runner.query(
      `CREATE INDEX dataset_pictures_class ON dataset_pictures (dataset_id, class, index)`,
    );
    await runner.query(`
      CREATE TABLE models (
        name text PRIMARY KEY,
        description text NOT NULL DEFAULT '',
        last_version integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE TABLE model_versions (
        id uuid PRIMARY KEY,
        model text NOT NULL REFERENCES models (name),
        version integer NOT NULL,
        architecture text NOT NULL,
        labels jsonb NOT NULL,
        preprocessing jsonb NOT NULL,
        licence text,
        source text,
        blob text NOT NULL REFERENCES blobs (sha256),
        bytes bigint NOT NULL,
        parameters bigint NOT NULL,
        parent_model text,
        parent_version integer,
        dataset_id uuid,
        dataset_name text,
        job_id uuid,
        metrics jsonb,
        recipe jsonb,
        accuracy jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (model, version)
      )`);
    await runner.query(`CREATE INDEX model_versions_blob ON model_versions (blob)`);
    await runner.query(`
      CREATE TABLE model_aliases (
        model text NOT NULL REFERENCES models (name),
        alias text NOT NULL,
        version integer NOT NULL,
        PRIMARY KEY (model, alias),
        CONSTRAINT model_aliases_version_fkey
          FOREIGN KEY (model, version) REFERENCES model_versions (model, version)
      )`);
    await runner.query(`CREATE INDEX model_aliases_version ON model_aliases (model, version)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `DROP TABLE model_aliases, model_versions, models, dataset_pictures, datasets, blobs, api_keys`,
    );
  }
}
