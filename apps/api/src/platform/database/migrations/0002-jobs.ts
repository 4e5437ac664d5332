import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Jobs and their events. */
export class Jobs1764000000002 implements MigrationInterface {
  readonly name = 'Jobs1764000000002';

  async up(runner: QueryRunner): Promise<void> {
    // The generated columns hold what an unfinished job needs: their foreign keys keep a dataset or a parent version from
    // being deleted while it runs.
    await runner.query(`
      CREATE TABLE jobs (
        id uuid PRIMARY KEY,
        type text NOT NULL,
        state text NOT NULL
          CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
        name text NOT NULL,
        architecture text NOT NULL,
        parent json,
        dataset json NOT NULL,
        recipe json NOT NULL,
        progress double precision NOT NULL,
        epoch integer NOT NULL,
        step integer NOT NULL,
        steps integer NOT NULL,
        eta_seconds double precision,
        images_per_second double precision,
        metrics json,
        history json NOT NULL,
        result json,
        error json,
        engine text,
        attempts integer NOT NULL,
        fruitless_attempts integer NOT NULL,
        claim uuid,
        heartbeat_at timestamptz,
        cancel_requested_at timestamptz,
        checkpoint json,
        created_at timestamptz NOT NULL,
        started_at timestamptz,
        finished_at timestamptz,
        enqueued_at timestamptz NOT NULL,
        last_seq integer NOT NULL,
        checkpoint_blob text GENERATED ALWAYS AS (checkpoint ->> 'blob') STORED
          REFERENCES blobs (sha256),
        needed_dataset uuid GENERATED ALWAYS AS (
          CASE WHEN state IN ('queued', 'running') THEN (dataset ->> 'id')::uuid END
        ) STORED REFERENCES datasets (id),
        needed_model text GENERATED ALWAYS AS (
          CASE WHEN state IN ('queued', 'running') THEN parent ->> 'model' END
        ) STORED,
        needed_version integer GENERATED ALWAYS AS (
          CASE WHEN state IN ('queued', 'running') THEN (parent ->> 'version')::integer END
        ) STORED,
        FOREIGN KEY (needed_model, needed_version) REFERENCES model_versions (model, version),
        CHECK ((state = 'running') = (claim IS NOT NULL)),
        CHECK ((state = 'running') = (heartbeat_at IS NOT NULL))
      )`);
    await runner.query(`CREATE INDEX jobs_created_at ON jobs (created_at DESC)`);
    await runner.query(`CREATE INDEX jobs_state ON jobs (state, created_at DESC)`);
    await runner.query(`CREATE INDEX jobs_checkpoint_blob ON jobs (checkpoint_blob)`);
    await runner.query(`CREATE INDEX jobs_needed_dataset ON jobs (needed_dataset)`);
    await runner.query(`CREATE INDEX jobs_needed_version ON jobs (needed_model, needed_version)`);
    await runner.query(`
      CREATE TABLE job_events (
        job_id uuid NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
        seq integer NOT NULL,
        type text NOT NULL,
        data json NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (job_id, seq)
      )`);
    // A job creates one version, however often it is run.
    await runner.query(`CREATE UNIQUE INDEX model_versions_job ON model_versions (job_id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX model_versions_job`);
    await runner.query(`DROP TABLE job_events, jobs`);
  }
}
