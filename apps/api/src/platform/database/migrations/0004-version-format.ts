import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the format of a version's bytes and its purpose. */
export class VersionFormat1764000000004 implements MigrationInterface {
  readonly name = 'VersionFormat1764000000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE model_versions
        ADD format text NOT NULL DEFAULT 'safetensors' CHECK (format IN ('safetensors', 'onnx')),
        ADD intended_use text`);
    // Every new version sets its format.
    await runner.query(`ALTER TABLE model_versions ALTER format DROP DEFAULT`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE model_versions DROP format, DROP intended_use`);
  }
}
