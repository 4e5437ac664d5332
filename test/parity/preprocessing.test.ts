import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Preprocessing } from '@coatrack/models';
import { decodeImage, preprocess } from '@coatrack/images';
import { describe, expect, it } from 'vitest';

interface Case extends Pick<
  Preprocessing,
  'imageSize' | 'cropPercent' | 'cropMode' | 'interpolation'
> {
  image: string;
  reference: string;
}

const folder = join(__dirname, 'fixtures/preprocessing');
const cases = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) as Case[];
/** Values are 8-bit levels. */
const levels: Pick<Preprocessing, 'mean' | 'std'> = {
  mean: [0, 0, 0],
  std: [1 / 255, 1 / 255, 1 / 255],
};

describe('preprocessing parity with PIL', () => {
  it.each(cases)('$reference', async ({ image, reference, ...preprocessing }) => {
    const bytes = await readFile(join(folder, image));
    const values = await preprocess(bytes, { ...preprocessing, ...levels });
    const { data } = await decodeImage(await readFile(join(folder, reference)));
    expect(values).toHaveLength(data.length);
    expect(Array.from(values, Math.round)).toEqual([...data]);
  });
});
