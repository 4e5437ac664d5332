import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  classesOf,
  findArchitecture,
  importWeights,
  openSafetensors,
  openWeights,
} from '@coatrack/models';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pythonWith } from './b0';

/** Debian: python3-torchvision. */
const python = pythonWith('torchvision');

describe.skipIf(!python)("torchvision's EfficientNetV2-S, as PyTorch saves it", () => {
  const architecture = findArchitecture('efficientnet_v2_s');
  let folder: string;
  let expected: Record<string, string>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'torchvision-'));
    const script = join(__dirname, 'torchvision_weights.py');
    expected = JSON.parse(execFileSync(python!, [script, folder], { encoding: 'utf8' }));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(['zip', 'legacy', 'channels-last'])('is imported to the bit: %s', async (form) => {
    const files = [{ name: 'w', path: join(folder, `${form}.pth`) }];
    const weights = await openWeights(files, { architecture, temporaryFolder: folder });
    const path = join(folder, `${form}.safetensors`);
    const classes = classesOf(weights, architecture)!;
    await writeFile(path, importWeights(weights, { architecture, classes })!);
    await weights.close();
    const imported = await openSafetensors(path);
    const found: Record<string, string> = {};
    for (const name of imported.tensors.keys()) {
      const { buffer } = await imported.read(name);
      found[name] = createHash('sha256').update(new Uint8Array(buffer)).digest('hex');
    }
    await imported.close();
    expect(found).toEqual(expected);
  });
});
