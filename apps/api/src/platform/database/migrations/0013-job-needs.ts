import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Stores what an unfinished job needs as rows and its checkpoint as a plain column, so that neither depends on where a type
 * of job keeps them in its JSON.
 */
export class JobNeeds1764000000013 implements MigrationInterface {
  readonly name = 'JobNeeds1764000000013';

  async up(runner: QueryRunner): Promise<void> {
    // Rows exist as long as the job is unfinished; their foreign keys keep what it needs from being deleted.
    await runner.query(`
      CREATE TABLE job_needs (
        job_id uuid NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
        dataset_id uuid REFERENCES datasets (id),
        model text,
        version integer,
        FOREIGN KEY (model, version) REFERENCES model_versions (model, version),
        CHECK ((model IS NULL) = (version IS NULL)),
        CHECK ((dataset_id IS NULL) <> (model IS NULL))
      )`);
    await runner.query(`CREATE INDEX job_needs_job ON job_needs (job_id)`);
    await runner.query(`CREATE INDEX job_needs_dataset ON job_needs (dataset_id)`);
    await runner.query(`CREATE INDEX job_needs_version ON job_needs (model, version)`);
    await runner.query(`
      INSERT INTO job_needs (job_id, dataset_id)
      SELECT id, needed_dataset FROM jobs WHERE needed_dataset IS NOT NULL`);
    await runner.query(`
      INSERT INTO job_needs (job_id, model, version)
      SELECT id, needed_model, needed_version FROM jobs
      WHERE needed_model IS NOT NULL AND needed_version IS NOT NULL`);
    await runner.query(`
      ALTER TABLE jobs DROP needed_dataset, DROP needed_model, DROP needed_version,
        ALTER checkpoint_blob DROP EXPRESSION`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE jobs
        DROP checkpoint_blob,
        ADD checkpoint_blob text GENERATED ALWAYS AS (status #>> '{checkpoint,blob}') STORED
          REFERENCES blobs (sha256),
        ADD needed_dataset uuid GENERATED ALWAYS AS (
          CASE WHEN state IN ('queued', 'running') THEN (request #>> '{dataset,id}')::uuid END
        ) STORED REFERENCES datasets (id),
        ADD needed_model text GENERATED ALWAYS AS (
          CASE WHEN state IN ('queued', 'running')
            THEN coalesce(request #>> '{parent,model}', request #>> '{version,model}') END
        ) STORED,
        ADD needed_version integer GENERATED ALWAYS AS (
          CASE WHEN state IN ('queued', 'running')
            THEN coalesce(request #>> '{parent,version}', request #>> '{version,version}')::integer
          END
        ) STORED,
        ADD FOREIGN KEY (needed_model, needed_version) REFERENCES model_versions (model, version)`);
    await runner.query(`CREATE INDEX jobs_checkpoint_blob ON jobs (checkpoint_blob)`);
    await runner.query(`CREATE INDEX jobs_needed_dataset ON jobs (needed_dataset)`);
    await runner.query(`CREATE INDEX jobs_needed_version ON jobs (needed_model, needed_version)`);
    await runner.query(`DROP TABLE job_needs`);
  }
}
