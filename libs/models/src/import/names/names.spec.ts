import { describe, expect, it } from 'vitest';
import { listArchitectures } from '../../architectures/catalogue';
import { cost } from '../../interpreters/cost/cost';
import { automlNames } from './automl-names';
import { kerasCvNames } from './keras-cv-names';
import { kerasNames } from './keras-names';
import { type NameTable, variableNames } from './name-table';

const released = listArchitectures().filter(({ name }) =>
  /^efficientnetv2_(b[0-3]|s|m|l|xl)$/.test(name),
);
const tables: Record<string, NameTable> = { kerasNames, kerasCvNames, automlNames };

function specsOf(name: string) {
  const architecture = released.find((each) => each.name === name)!;
  return cost(architecture, { imageSize: 224, classes: 1000 }).tensors;
}

describe.each(Object.entries(tables))('%s', (_, table) => {
  it.each(released.map(({ name }) => name))('every variable of %s has a unique name', (name) => {
    const weights = specsOf(name).filter(({ role }) => role !== 'counter');
    const variables = variableNames(weights, table.layers);
    expect([...variables.keys()]).toEqual(weights.map(({ name }) => name));
    expect(new Set(variables.values()).size).toBe(weights.length);
    for (const variable of variables.values())
      expect(table.read(variable)).toMatchObject({ variable });
  });
});

describe('the names of a block', () => {
  it.each([
    ['B0', kerasNames, 'blocks.0.0.bn1.weight', 'block1a_project_bn/gamma'],
    ['B0', kerasNames, 'blocks.3.2.conv_dw.weight', 'block4c_dwconv2/kernel'],
    ['B0', kerasNames, 'blocks.3.2.bn2.running_var', 'block4c_bn/moving_variance'],
    ['L', kerasNames, 'blocks.5.24.se.conv_expand.bias', 'block6y_se_expand/bias'],
    ['B0', automlNames, 'blocks.0.0.conv.weight', 'blocks_0/conv2d/kernel'],
    ['B0', automlNames, 'blocks.1.0.conv_pwl.weight', 'blocks_1/conv2d_1/kernel'],
    ['B0', automlNames, 'blocks.1.0.bn2.bias', 'blocks_1/tpu_batch_normalization_1/beta'],
    ['S', automlNames, 'blocks.5.14.conv_pwl.weight', 'blocks_39/conv2d_1/kernel'],
    [
      'S',
      automlNames,
      'blocks.5.14.bn3.running_mean',
      'blocks_39/tpu_batch_normalization_2/moving_mean',
    ],
    ['S', automlNames, 'blocks.3.0.se.conv_reduce.weight', 'blocks_10/se/conv2d/kernel'],
    ['S', kerasCvNames, 'blocks.3.0.conv_dw.weight', 'stack_3_block0_MB_dw_/kernel'],
  ])('%s, %o: %s is %s', (size, table, name, variable) => {
    const specs = specsOf(`efficientnetv2_${size.toLowerCase()}`);
    expect(variableNames(specs, table.layers).get(name)).toBe(variable);
  });
});

describe('a name in a file', () => {
  it.each([
    [kerasNames, 'stem_conv/stem_conv/kernel:0', { variable: 'stem_conv/kernel' }],
    [kerasNames, 'model_weights/efficientnetv2-s/top_bn/gamma:0', { variable: 'top_bn/gamma' }],
    [
      kerasNames,
      'block4a_dwconv2/block4a_dwconv2/depthwise_kernel:0',
      { variable: 'block4a_dwconv2/kernel' },
    ],
    [kerasNames, 'normalization_2/mean:0', undefined],
    [automlNames, 'dense/efficientnetv2-s/head/dense/kernel:0', { variable: 'head/dense/kernel' }],
    [
      automlNames,
      'efficientnetv2-s/blocks_3/se/conv2d/bias',
      { variable: 'blocks_3/se/conv2d/bias' },
    ],
    [
      automlNames,
      'efficientnetv2-s/stem/conv2d/kernel/ExponentialMovingAverage',
      { variable: 'stem/conv2d/kernel', average: true },
    ],
    [automlNames, 'efficientnetv2-s/stem/conv2d/kernel/RMSProp_1', undefined],
    [automlNames, 'efficientnetv2-s/stem/conv2d/kernel/Momentum', undefined],
    [automlNames, 'global_step', undefined],
  ])('%o: %s', (table, name, read) => {
    expect(table.read(name)).toEqual(read && expect.objectContaining(read));
  });
});
