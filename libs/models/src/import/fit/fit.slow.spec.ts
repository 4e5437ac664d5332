import { describe, expect, it } from 'vitest';
import { findArchitecture } from '../../architectures/catalogue';
import { tensorFlowShape } from '../../weights/layout';
import { cost } from '../../interpreters/cost/cost';
import { kerasNames } from '../names/keras-names';
import { variableNames } from '../names/name-table';
import type { FileTensors } from '../weights-format';
import { chooseFit, fitTo, hintsFor } from './choose-fit';
import { networkOf } from './network';

const b0 = findArchitecture('efficientnetv2_b0');
const classes = 3;
const { tensors: specs } = cost(b0, { imageSize: 224, classes });

type Shapes = Record<string, readonly number[]>;

const b0Shapes: Shapes = Object.fromEntries(specs.map(({ name, shape }) => [name, shape]));
const isHead = (name: string) => name.startsWith('classifier.');
const backbone: Shapes = Object.fromEntries(
  Object.entries(b0Shapes).filter(([name]) => !isHead(name)),
);
const dense = (module: string, outputs = classes, inputs = 1280): Shapes => ({
  [`${module}.weight`]: [outputs, inputs],
  [`${module}.bias`]: [outputs],
});

function renamed(shapes: Shapes, name: (name: string) => string): Shapes {
  return Object.fromEntries(Object.entries(shapes).map(([key, shape]) => [name(key), shape]));
}
const under = (prefix: string, shapes = b0Shapes) => renamed(shapes, (name) => prefix + name);

function fileOf(shapes: Shapes, rest: Partial<FileTensors> = {}): FileTensors {
  const entries = Object.entries(shapes).map(([name, shape]) => {
    return [name, { dtype: 'F32' as const, shape }] as const;
  });
  return {
    format: 'safetensors',
    tensors: new Map(entries),
    read: async () => new Float32Array(),
    close: async () => undefined,
    ...rest,
  };
}

const fitB0 = (shapes: Shapes, replaceHead = false, rest: Partial<FileTensors> = {}) =>
  fitTo(fileOf(shapes, rest), networkOf(b0), { replaceHead })!;

describe('names that something has put before', () => {
  it.each([
    '',
    'module.',
    'model.',
    '_orig_mod.',
    'module._orig_mod.',
    'net.',
    'backbone.',
    'encoder.',
    'student.',
    'timm_model.',
    'model.backbone.',
  ])('are read without it: "%s"', (prefix) => {
    const fit = fitB0(under(prefix));
    expect(fit).toMatchObject({ complete: true, hints: [] });
    expect([...fit.mappings.keys()].sort()).toEqual(Object.keys(b0Shapes).sort());
  });

  it('may be between the modules', () => {
    const fit = fitB0(renamed(b0Shapes, (name) => name.replace('blocks.', 'blocks._orig_mod.')));
    expect(fit.complete).toBe(true);
    expect(fit.mappings.get('blocks.0.0.conv.weight')?.from).toBe(
      'blocks._orig_mod.0.0.conv.weight',
    );
  });

  it.each([
    [['model.', 'ema_model.'], 'ema_model.'],
    [['student.', 'teacher.'], 'student.'],
    [['', 'ema.'], ''],
  ])('of %j are those of "%s"', (prefixes, chosen) => {
    const fit = fitB0(Object.assign({}, ...prefixes.map((prefix) => under(prefix))));
    expect(fit.complete).toBe(true);
    expect(fit.mappings.get('bn1.bias')?.from).toBe(`${chosen}bn1.bias`);
    expect(fit.mappings.size).toBe(specs.length);
    expect(fit.notes.join()).toMatch(/Ignored, as not part of the network: .* and \d+ more/);
  });

  it('of two copies, neither an average, are refused', () => {
    const fit = fitB0({ ...under('first.'), ...under('second.') });
    expect(fit.complete).toBe(false);
    expect(fit.hints.join()).toMatch(/several such networks.*"first\.", "second\."/);
  });
});

describe('a classifier', () => {
  it.each([
    ['classifier.1', backbone],
    ['fc', backbone],
    ['head', backbone],
    ['head.fc', backbone],
    ['fc', under('backbone.', backbone)],
    ['model.head', under('model.backbone.', backbone)],
    ['1', under('0.', backbone)],
  ])('is found under another name: %s', (module, rest) => {
    const fit = fitB0({ ...rest, ...dense(module) });
    expect(fit).toMatchObject({ complete: true, hints: [] });
    expect(fit.mappings.get('classifier.weight')?.from).toBe(`${module}.weight`);
    expect(fit.notes).toContain(`The classifier is "${module}" in the file.`);
    expect(fit.mappings.size).toBe(specs.length);
  });

  it.each<[string, Shapes]>([
    ['two layers', { ...backbone, ...dense('head.0', 64), ...dense('head.2', 3, 64) }],
    ['two layers of one width', { ...backbone, ...dense('a', 1280), ...dense('b') }],
    ['a layer after it', { ...b0Shapes, ...dense('fc', 2, classes) }],
    ['another beside it', { ...b0Shapes, ...dense('fc', 2) }],
    [
      'a norm before it',
      { ...backbone, 'fc.0.weight': [1280], 'fc.0.bias': [1280], ...dense('fc.1') },
    ],
    [
      'a norm between the wrapped backbone and it',
      { ...under('backbone.', backbone), 'bn.weight': [1280], 'bn.bias': [1280], ...dense('fc') },
    ],
    [
      'a norm with statistics',
      {
        ...backbone,
        'fc.0.weight': [1280],
        'fc.0.bias': [1280],
        'fc.0.running_mean': [1280],
        'fc.0.running_var': [1280],
        'fc.0.num_batches_tracked': [],
        ...dense('fc.1'),
      },
    ],
    [
      'a norm of statistics alone',
      { ...b0Shapes, 'neck.running_mean': [1280], 'neck.running_var': [1280] },
    ],
    ['a scale before it', { ...b0Shapes, 'norm.weight': [1280] }],
    [
      'an activation that learns',
      { ...backbone, ...dense('fc.0', 64), 'fc.1.weight': [1], ...dense('fc.2', 3, 64) },
    ],
    [
      'a parametrization',
      {
        ...backbone,
        'classifier.bias': [3],
        'classifier.parametrizations.weight.original0': [3, 1],
        'classifier.parametrizations.weight.original1': [3, 1280],
      },
    ],
    [
      'a convolution',
      { ...backbone, 'head.weight': [8, 1280, 3, 3], 'head.bias': [8], ...dense('fc', 3, 8) },
    ],
  ])('is not used if there is more: %s', (_, shapes) => {
    const fit = fitB0(shapes);
    expect(fit.hints.join()).toMatch(/is not a single dense layer.*Set replaceHead/);
    expect(fit.mappings.size).toBeGreaterThan(Object.keys(backbone).length);
    const replaced = fitB0(shapes, true);
    expect(replaced).toMatchObject({ complete: true, hints: [] });
    expect([...replaced.mappings.keys()].filter((name) => !isHead(name)).sort()).toEqual(
      Object.keys(backbone).sort(),
    );
  });

  it.each([false, true])(
    'does not hide a larger backbone, whether it is replaced or not: %s',
    (replaceHead) => {
      const fit = fitB0({ ...b0Shapes, 'blocks.9.0.conv.weight': [1, 1, 1, 1] }, replaceHead);
      expect(fit.complete).toBe(false);
      expect(fit.mappings.has('blocks.9.0.conv.weight')).toBe(true);
    },
  );

  it('is not confused with a loss that has weights', () => {
    const fit = fitB0({ ...under('model.'), 'criterion.weight': [2] });
    expect(fit.mappings.size).toBe(specs.length);
    expect(fit.notes).toContain('Ignored, as not part of the network: criterion.weight.');
  });

  it.each(['classifier', 'fc'])('is refused without a bias, which is said: %s', (module) => {
    const shapes = { ...backbone, [`${module}.weight`]: [3, 1280] };
    expect(fitB0(shapes).hints.join()).toMatch(`${module} [3, 1280], has no bias`);
    expect(fitB0(shapes, true)).toMatchObject({ complete: true, hints: [] });
  });
});

describe("Keras' names", () => {
  const names = variableNames(specs, kerasNames.layers);
  const keras: Shapes = Object.fromEntries(
    specs.flatMap((spec) => {
      const [layer, variable] = names.get(spec.name)?.split('/') ?? [];
      return layer ? [[`${layer}/${layer}/${variable}:0`, tensorFlowShape(spec)]] : [];
    }),
  );
  const own = /^predictions\/predictions/;
  const headless = Object.fromEntries(Object.entries(keras).filter(([name]) => !own.test(name)));
  const fit = (shapes: Shapes, replaceHead = false) =>
    fitB0(shapes, replaceHead, { tables: [kerasNames] });
  const kerasDense = (path: string, inputs = 1280, outputs = classes): Shapes => ({
    [`${path}/kernel:0`]: [inputs, outputs],
    [`${path}/bias:0`]: [outputs],
  });

  it.each<[string, Shapes]>([
    ['predictions', keras],
    ['dense', { ...headless, ...kerasDense('dense/dense') }],
    [
      'head',
      {
        ...renamed(headless, (name) => `efficientnetv2-b0/${name.split('/').slice(1).join('/')}`),
        ...kerasDense('my_head/my_head'),
        'efficientnetv2-b0/mean:0': [3],
        'efficientnetv2-b0/variance:0': [3],
        'efficientnetv2-b0/count:0': [],
      },
    ],
  ])('are read with a classifier called %s', (_, shapes) => {
    const found = fit(shapes);
    expect(found).toMatchObject({ complete: true, hints: [] });
    expect(found.mappings.get('classifier.weight')?.shape).toEqual([classes, 1280]);
    expect(found.mappings.size).toBe(names.size);
  });

  it('accept two dense layers only with a new classifier', () => {
    const shapes = { ...headless, ...kerasDense('a/a', 1280, 64), ...kerasDense('b/b', 64) };
    expect(fit(shapes).hints.join()).toMatch(/a\/a \[64, 1280\], b\/b \[3, 64\]. Set replaceHead/);
    expect(fit(shapes, true)).toMatchObject({ complete: true, hints: [] });
    expect(fit(shapes, true).mappings.size).toBe(names.size - 2);
  });

  it.each([
    ['gamma', 'beta', 'moving_mean', 'moving_variance'],
    ['beta', 'moving_mean', 'moving_variance'],
    ['gamma', 'beta'],
  ])('take a norm before the dense layer with a new classifier alone: %s, %s', (...variables) => {
    const norm = variables.map((variable) => [`norm/norm/${variable}:0`, [1280]] as const);
    const shapes = { ...headless, ...Object.fromEntries(norm), ...kerasDense('a/a') };
    expect(fit(shapes).hints.join()).toMatch(/norm\/norm \[1280\].*Set replaceHead/);
    expect(fit(shapes, true)).toMatchObject({ complete: true, hints: [] });
    expect(fit(shapes, true).mappings.size).toBe(names.size - 2);
  });
});

describe('an architecture', () => {
  const shapesOf = (name: string) => {
    const architecture = findArchitecture(name);
    const { tensors } = cost(architecture, { imageSize: architecture.trainImageSize, classes });
    return Object.fromEntries(tensors.map(({ name, shape }) => [name, shape]));
  };
  const options = { temporaryFolder: '' };

  it.each([
    'efficientnetv2_b1',
    'efficientnetv2_s',
    'efficientnet_v2_s',
    'coatnet_0',
    'coatnet_0_224',
    'coatnet_bn_0_rw_224',
  ])('is found by names and shapes: %s', async (name) => {
    const { network, notes } = await chooseFit(fileOf(under('model.', shapesOf(name))), options);
    expect(network.architecture.name).toBe(name);
    expect(notes[0]).toMatch(`(${name}).`);
  });

  it.each([
    ['efficientnet_v2_s', 'efficientnetv2_s', 'torchvision'],
    // The names of the paper's CoAtNet are a part of those of timm's.
    ['coatnet_0_224', 'coatnet_0', 'timm'],
  ])("is another library's where the names are: %s", async (name, asked, library) => {
    const architecture = findArchitecture(asked);
    for (const replaceHead of [false, true]) {
      const given = { ...options, architecture, replaceHead };
      const { network, notes } = await chooseFit(fileOf(shapesOf(name)), given);
      expect(network.architecture.name).toBe(name);
      expect(notes[0]).toMatch(`those of ${library}'s variant of the network`);
    }
  });

  it('is suggested if another was requested, and the nearest ones if none fits', async () => {
    const hints = (shapes: Shapes) =>
      hintsFor(fileOf(shapes), fitB0(shapes), [findArchitecture('efficientnetv2_b1')], {
        replaceHead: false,
      });
    expect(hints(shapesOf('efficientnetv2_b1'))).toEqual([
      'They fit efficientnetv2_b1: name that architecture, or omit it.',
    ]);
    const some = Object.fromEntries(Object.entries(shapesOf('efficientnetv2_b1')).slice(0, 480));
    expect(hints(some).join()).toMatch(/most similar to efficientnetv2_b1 \(\d+ of 441 tensors\)/);
    await expect(chooseFit(fileOf(some), options)).rejects.toThrow(
      /most similar to efficientnetv2_b1/,
    );
  });
});
