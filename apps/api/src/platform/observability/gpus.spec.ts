import { expect, it } from 'vitest';
import { parseGpus } from './gpus';

it('parseGpus reads the output of nvidia-smi, even if a card does not report a value', () => {
  const printed =
    '0, NVIDIA H100 80GB HBM3, 37, 1024, 81559\n1, NVIDIA H100 80GB HBM3, [N/A], 0, 81559\n';
  const name = 'NVIDIA H100 80GB HBM3';
  const totalBytes = 81559 * 1024 ** 2;
  expect(parseGpus(printed)).toEqual([
    { index: 0, name, utilization: 0.37, usedBytes: 1024 ** 3, totalBytes },
    { index: 1, name, utilization: 0, usedBytes: 0, totalBytes },
  ]);
});
