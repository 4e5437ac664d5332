import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Moves data that grows with the number of classes out of the rows that lists read. */
export class Lists1764000000008 implements MigrationInterface {
  readonly name = 'Lists1764000000008';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE version_confusions (
        version_id uuid NOT NULL REFERENCES model_versions (id) ON DELETE CASCADE,
        actual integer NOT NULL,
        predicted integer NOT NULL,
        count integer NOT NULL,
        PRIMARY KEY (version_id, actual, predicted)
      )`);
    // One version after the other: memory is bounded by the largest matrix.
    await runner.query(`
      INSERT INTO version_confusions (version_id, actual, predicted, count)
      SELECT v.id, r.place - 1, c.place - 1, c.value::integer
      FROM model_versions v,
        jsonb_array_elements(${ifArray("v.metrics -> 'confusion'")}) WITH ORDINALITY AS r (value, place),
        jsonb_array_elements_text(r.value) WITH ORDINALITY AS c (value, place)
      WHERE c.value <> '0'`);
    await runner.query(
      `UPDATE model_versions SET metrics = metrics - 'confusion' WHERE metrics ? 'confusion'`,
    );
    // The version that a job made has the same matrix.
    await runner.query(`
      UPDATE jobs SET status = (status::jsonb #- '{metrics,confusion}')::json
      WHERE status #> '{metrics,confusion}' IS NOT NULL`);
    // Jobs can be deleted, so versions keep their own copy of what they show about them.
    await runner.query(`ALTER TABLE model_versions ADD training_seconds double precision`);
    await runner.query(`
      UPDATE model_versions v SET training_seconds = extract(epoch from j.finished_at - j.started_at)
      FROM jobs j WHERE j.id = v.job_id AND j.type = 'fine-tune'`);
    await runner.query(`
      UPDATE jobs SET error = json_build_object('code', error ->> 'code',
        'message', left(error ->> 'message', 2000) || ' …')
      WHERE length(error ->> 'message') > 2000`);
    // As the job store thins the steps of a running job.
    await runner.query(`
      DELETE FROM job_events e USING (
        SELECT id, 2 ^ ceil(log(2, greatest(last_seq / 200.0, 1))) AS width, last_seq FROM jobs
      ) AS j
      WHERE j.id = e.job_id AND e.type IN ('step', 'progress') AND e.seq < j.last_seq AND EXISTS (
        SELECT 1 FROM job_events kept
        WHERE kept.job_id = e.job_id AND kept.type IN ('step', 'progress')
          AND kept.seq >= e.seq - e.seq % j.width::integer AND kept.seq < e.seq)`);
    await countForEver(runner);
    // Lists are paged, newest first.
    await runner.query(`DROP INDEX jobs_created_at, jobs_state`);
    await runner.query(`CREATE INDEX jobs_newest ON jobs (created_at, id)`);
    await runner.query(`CREATE INDEX jobs_state_newest ON jobs (state, created_at, id)`);
    await runner.query(`CREATE INDEX models_newest ON models (created_at, name)`);
    await runner.query(`CREATE INDEX datasets_newest ON datasets (created_at, id)`);
    await runner.query(`DROP INDEX artifacts_version`);
    await runner.query(
      `CREATE INDEX artifacts_newest ON artifacts (model, version, created_at, id)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `DROP INDEX jobs_newest, jobs_state_newest, models_newest, datasets_newest, artifacts_newest`,
    );
    await runner.query(`CREATE INDEX artifacts_version ON artifacts (model, version)`);
    await runner.query(`CREATE INDEX jobs_created_at ON jobs (created_at DESC)`);
    await runner.query(`CREATE INDEX jobs_state ON jobs (state, created_at DESC)`);
    await runner.query(`ALTER TABLE models ADD last_version integer NOT NULL DEFAULT 0`);
    await runner.query(`
      UPDATE models SET last_version = n.last_version FROM model_numbers n WHERE n.model = models.name`);
    await runner.query(`DROP TABLE model_numbers`);
    await runner.query(`ALTER TABLE model_versions DROP training_seconds`);
    // A matrix of more classes does not fit into a jsonb.
    await runner.query(`
      UPDATE model_versions v SET metrics = metrics || jsonb_build_object('confusion', CASE
        WHEN jsonb_array_length(labels) > 4000 THEN '[]'::jsonb
        ELSE (
          SELECT jsonb_agg(row ORDER BY actual) FROM (
            SELECT actual, jsonb_agg(coalesce(c.count, 0) ORDER BY predicted) AS row
            FROM generate_series(0, jsonb_array_length(v.labels) - 1) AS actual
              CROSS JOIN generate_series(0, jsonb_array_length(v.labels) - 1) AS predicted
              LEFT JOIN (SELECT * FROM version_confusions WHERE version_id = v.id) AS c
                USING (actual, predicted)
            GROUP BY actual
          ) AS rows
        ) END)
      WHERE jsonb_typeof(metrics) = 'object'`);
    await runner.query(`
      UPDATE jobs SET status = jsonb_set(status::jsonb, '{metrics,confusion}', coalesce(
        (SELECT v.metrics -> 'confusion' FROM model_versions v WHERE v.job_id = jobs.id), '[]'))::json
      WHERE json_typeof(status -> 'metrics') = 'object'`);
    await runner.query(`DROP TABLE version_confusions`);
  }
}

/** Returns SQL that is NULL, which has no elements, for anything but an array. */
function ifArray(json: string): string {
  return `CASE jsonb_typeof(${json}) WHEN 'array' THEN ${json} END`;
}

/** Stores the last version number of every name, including deleted models as far as they are still known. */
async function countForEver(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE model_numbers (
      model text PRIMARY KEY,
      last_version integer NOT NULL
    )`);
  await runner.query(`
    INSERT INTO model_numbers (model, last_version)
    SELECT model, max(version) FROM (
      SELECT name AS model, last_version AS version FROM models
      UNION ALL SELECT parent_model, parent_version FROM model_versions
      UNION ALL SELECT result ->> 'model', (result ->> 'version')::integer FROM jobs
      UNION ALL SELECT request #>> '{parent,model}', (request #>> '{parent,version}')::integer FROM jobs
    ) AS known
    WHERE model IS NOT NULL AND version IS NOT NULL GROUP BY model`);
  await runner.query(`ALTER TABLE models DROP last_version`);
}
