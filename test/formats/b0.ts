import { execFileSync, spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { basename } from 'node:path';
import { findArchitecture, openWeights, type WeightsSource } from '@coatrack/models';
import { expect } from 'vitest';
import { fill } from '../parity/fill';

export const b0 = findArchitecture('efficientnetv2_b0');

/** Opens files as EfficientNetV2-B0. */
export function openB0(paths: readonly string[], temporaryFolder = tmpdir()) {
  const files = paths.map((path) => ({ name: basename(path), path }));
  return openWeights(files, { architecture: b0, temporaryFolder });
}

/** Expects every tensor of a source to be what the formula of the references makes of its name. */
export async function expectFilled(weights: WeightsSource): Promise<void> {
  for (const [name, { shape }] of weights.tensors) {
    const values = Buffer.from((await weights.read(name)).buffer);
    expect(values.equals(Buffer.from(fill(name, shape).buffer)), name).toBe(true);
  }
}

/** The tensors of the first layers, which the fixtures hold. */
export const stemTensors = ['conv_stem.weight', 'bn1', 'blocks.0.0.conv.weight', 'blocks.0.0.bn1']
  .flatMap((name) => {
    if (name.endsWith('weight')) return name;
    return ['weight', 'bias', 'running_mean', 'running_var'].map((part) => `${name}.${part}`);
  })
  .sort();

/** A Python that has these modules: the system's may where another in front of it on the path has not. */
export function pythonWith(...modules: string[]): string | undefined {
  const imports = modules.map((name) => `import ${name}`).join('; ');
  return ['python3', '/usr/bin/python3'].find(
    (python) => spawnSync(python, ['-c', imports]).status === 0,
  );
}

export function runPython(python: string, script: string, ...options: string[]): void {
  execFileSync(python, ['-B', script, ...options]);
}
