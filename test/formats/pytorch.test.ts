import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  findArchitecture,
  openWeights,
  type TensorType,
  WeightsFormatError,
} from '@coatrack/models';
import { describe, expect, it } from 'vitest';

type Expected = Record<string, { dtype: string; shape: number[]; values: number[] }>;

const folder = join(__dirname, 'pytorch/fixtures');
const expected: Record<string, Expected> = JSON.parse(
  readFileSync(join(folder, 'expected.json'), 'utf8'),
);
const architecture = findArchitecture('efficientnetv2_b0');

const types: Record<string, TensorType> = {
  'torch.float64': 'F64',
  'torch.float32': 'F32',
  'torch.float16': 'F16',
  'torch.bfloat16': 'BF16',
  'torch.int64': 'I64',
  'torch.int32': 'I32',
  'torch.int16': 'I16',
  'torch.int8': 'I8',
  'torch.uint8': 'U8',
  'torch.bool': 'BOOL',
};

function open(name: string) {
  const files = [{ name, path: join(folder, `${name}.pth`) }];
  return openWeights(files, { architecture, temporaryFolder: tmpdir() });
}

describe('what torch.save has written', () => {
  it.each(Object.keys(expected))('is read: %s', async (name) => {
    const weights = await open(name);
    expect(weights.format).toBe('pytorch');
    const found: Expected = {};
    for (const [tensor, { dtype, shape }] of weights.tensors) {
      const values = [...(await weights.read(tensor))];
      found[tensor] = { dtype, shape: [...shape], values };
    }
    await weights.close();
    const entries = Object.entries(expected[name]).map(([tensor, { dtype, ...rest }]) => {
      return [tensor, { dtype: types[dtype], ...rest }];
    });
    expect(found).toEqual(Object.fromEntries(entries));
  });

  it('keeps the names that messages need', async () => {
    const weights = await open('checkpoint');
    expect(weights.nameInFile?.('conv.weight')).toBe('module.conv.weight');
    await weights.close();
  });

  it.each([
    [
      'legacy-os-system',
      /"args" is an object of posix\.system, which is not run; save only the weights/,
    ],
    ['whole-model', /an object of torch\.nn\.modules\.container\.Sequential, which is not run/],
  ])('is refused where only code would make weights of it: %s', async (name, message) => {
    const opening = open(name);
    await expect(opening).rejects.toThrow(WeightsFormatError);
    await expect(opening).rejects.toThrow(message);
  });

  it('is read without what lies beside the weights, which is not run', async () => {
    const weights = await open('os-system');
    expect(weights.tensors.size).toBe(6);
    expect(weights.notes).toEqual([
      'The weights are those under "state_dict" in the file. Ignored: "args".',
    ]);
    await weights.close();
  });
});
