import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Introduces job types: columns of only one type move into its request and its status. */
export class JobTypes1764000000003 implements MigrationInterface {
  readonly name = 'JobTypes1764000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE jobs ADD request json, ADD status json`);
    await runner.query(`
      UPDATE jobs SET
        request = json_build_object(
          'architecture', architecture, 'parent', parent, 'dataset', dataset, 'recipe', recipe),
        status = json_build_object(
          'epoch', epoch, 'step', step, 'steps', steps, 'imagesPerSecond', images_per_second,
          'engine', engine, 'history', history, 'checkpoint', checkpoint, 'metrics', metrics)`);
    await runner.query(`
      ALTER TABLE jobs
        DROP checkpoint_blob, DROP needed_dataset, DROP needed_model, DROP needed_version,
        DROP architecture, DROP parent, DROP dataset, DROP recipe,
        DROP epoch, DROP step, DROP steps, DROP images_per_second, DROP engine, DROP history,
        DROP checkpoint, DROP metrics,
        ALTER request SET NOT NULL, ALTER status SET NOT NULL`);
    // As before, generated columns hold what an unfinished job needs: a dataset, and the version that it starts from or
    // exports.
    await runner.query(`
      ALTER TABLE jobs
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
    await indexNeeds(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM jobs WHERE type <> 'fine-tune'`);
    await runner.query(`
      ALTER TABLE jobs
        ADD architecture text, ADD parent json, ADD dataset json, ADD recipe json,
        ADD epoch integer, ADD step integer, ADD steps integer,
        ADD images_per_second double precision, ADD engine text, ADD history json,
        ADD checkpoint json, ADD metrics json`);
    await runner.query(`
      UPDATE jobs SET
        architecture = request ->> 'architecture',
        parent = nullif((request -> 'parent')::jsonb, 'null')::json,
        dataset = request -> 'dataset',
        recipe = request -> 'recipe',
        epoch = (status ->> 'epoch')::integer,
        step = (status ->> 'step')::integer,
        steps = (status ->> 'steps')::integer,
        images_per_second = (status ->> 'imagesPerSecond')::double precision,
        engine = status ->> 'engine',
        history = status -> 'history',
        checkpoint = nullif((status -> 'checkpoint')::jsonb, 'null')::json,
        metrics = nullif((status -> 'metrics')::jsonb, 'null')::json`);
    await runner.query(`
      ALTER TABLE jobs
        DROP checkpoint_blob, DROP needed_dataset, DROP needed_model, DROP needed_version,
        DROP request, DROP status,
        ALTER architecture SET NOT NULL, ALTER dataset SET NOT NULL, ALTER recipe SET NOT NULL,
        ALTER epoch SET NOT NULL, ALTER step SET NOT NULL, ALTER steps SET NOT NULL,
        ALTER history SET NOT NULL`);
    await runner.query(`
      ALTER TABLE jobs
        ADD checkpoint_blob text GENERATED ALWAYS AS (checkpoint ->> 'blob') STORED
          REFERENCES blobs (sha256),
        ADD needed_dataset uuid GENERATED ALWAYS AS (
          CASE WHEN state IN ('queued', 'running') THEN (dataset ->> 'id')::uuid END
        ) STORED REFERENCES datasets (id),
        ADD needed_model text GENERATED ALWAYS AS (
          CASE WHEN state IN ('queued', 'running') THEN parent ->> 'model' END
        ) STORED,
        ADD needed_version integer GENERATED ALWAYS AS (
          CASE WHEN state IN ('queued', 'running') THEN (parent ->> 'version')::integer END
        ) STORED,
        ADD FOREIGN KEY (needed_model, needed_version) REFERENCES model_versions (model, version)`);
    await indexNeeds(runner);
  }
}

/** Dropping a column drops its index. */
async function indexNeeds(runner: QueryRunner): Promise<void> {
  await runner.query(`CREATE INDEX jobs_checkpoint_blob ON jobs (checkpoint_blob)`);
  await runner.query(`CREATE INDEX jobs_needed_dataset ON jobs (needed_dataset)`);
  await runner.query(`CREATE INDEX jobs_needed_version ON jobs (needed_model, needed_version)`);
}
