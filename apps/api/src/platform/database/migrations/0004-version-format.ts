import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a version's bytes are, and what it is meant for. */
export class VersionFormat1764000000004 implements MigrationInterface {
  readonly name = 'VersionFormat1764000000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE model_versions
        ADD format text NOT NULL DEFAULT 'safetensors' CHECK (format IN ('safetensors', 'onnx')),
        ADD intended_use text`);
    // Every version says it from now on.
    await runner.query(`ALTER TABLE model_versions ALTER format DROP DEFAULT`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE model_versions DROP format, DROP intended_use`);
  }
}
