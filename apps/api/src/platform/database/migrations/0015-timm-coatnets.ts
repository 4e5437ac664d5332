import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * `coatnet_0` to `coatnet_5` once meant timm's reading of the paper's networks, which is now called `coatnet_0_224` and so
 * on. Versions and jobs keep the network that they have.
 */
export class TimmCoAtNets1764000000015 implements MigrationInterface {
  readonly name = 'TimmCoAtNets1764000000015';

  async up(runner: QueryRunner): Promise<void> {
    await rename(runner, '^(coatnet_[0-5])$', '\\1_224');
  }

  async down(runner: QueryRunner): Promise<void> {
    await rename(runner, '^(coatnet_[0-5])_224$', '\\1');
  }
}

async function rename(runner: QueryRunner, pattern: string, replacement: string): Promise<void> {
  await runner.query(
    `UPDATE model_versions SET architecture = regexp_replace(architecture, $1, $2)
     WHERE architecture ~ $1`,
    [pattern, replacement],
  );
  await runner.query(
    `UPDATE jobs
     SET request = jsonb_set(
       request::jsonb, '{architecture}', to_jsonb(regexp_replace(request ->> 'architecture', $1, $2)))::json
     WHERE request ->> 'architecture' ~ $1`,
    [pattern, replacement],
  );
}
