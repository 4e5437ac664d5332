import type { MigrationInterface, QueryRunner } from 'typeorm';

interface Names {
  /** Plural in the names of tables, columns and keys. */
  things: 'pictures' | 'images';
  Things: 'Pictures' | 'Images';
}

const before: Names = { things: 'pictures', Things: 'Pictures' };
const after: Names = { things: 'images', Things: 'Images' };

/** Renames pictures to images in tables, columns and stored JSON, as in the API. */
export class Images1764000000014 implements MigrationInterface {
  readonly name = 'Images1764000000014';

  async up(runner: QueryRunner): Promise<void> {
    await rename(runner, before, after);
  }

  async down(runner: QueryRunner): Promise<void> {
    await rename(runner, after, before);
  }
}

async function rename(runner: QueryRunner, from: Names, to: Names): Promise<void> {
  await runner.query(`ALTER TABLE datasets RENAME COLUMN ${from.things} TO ${to.things}`);
  await runner.query(`ALTER TABLE dataset_${from.things} RENAME TO dataset_${to.things}`);
  await runner.query(
    `ALTER INDEX dataset_${from.things}_class RENAME TO dataset_${to.things}_class`,
  );
  const constraints: { table: string; name: string }[] = await runner.query(
    `SELECT conrelid::regclass::text AS table, conname AS name FROM pg_constraint
     WHERE conname LIKE '%dataset\\_${from.things}\\_%' OR conname LIKE 'datasets\\_${from.things}\\_%'`,
  );
  for (const { table, name } of constraints) {
    const renamed = name.replace(from.things, to.things);
    await runner.query(`ALTER TABLE ${table} RENAME CONSTRAINT "${name}" TO "${renamed}"`);
  }
  await renameKeys(runner, 'artifacts', 'verification', [
    [from.things, to.things],
    [`${from.things}From`, `${to.things}From`],
  ]);
  await renameKeys(runner, 'job_events', 'data', [
    [`train${from.Things}`, `train${to.Things}`],
    [`validation${from.Things}`, `validation${to.Things}`],
  ]);
  // The unit of progress, in a job's status and in its events.
  if (to === after) {
    for (const [table, column] of [
      ['jobs', 'status'],
      ['job_events', 'data'],
    ]) {
      await runner.query(
        `UPDATE ${table} SET ${column} = jsonb_set(${column}::jsonb, '{unit}', '"images"')::json
         WHERE ${column} ->> 'unit' = 'pictures'`,
      );
    }
  }
}

/** Renames keys at the top of a JSON column's objects. */
async function renameKeys(
  runner: QueryRunner,
  table: string,
  column: string,
  keys: readonly (readonly [string, string])[],
): Promise<void> {
  for (const [from, to] of keys) {
    await runner.query(
      `UPDATE ${table}
       SET ${column} = (${column}::jsonb - '${from}' || jsonb_build_object('${to}', ${column} -> '${from}'))::json
       WHERE ${column} ->> '${from}' IS NOT NULL`,
    );
  }
}
