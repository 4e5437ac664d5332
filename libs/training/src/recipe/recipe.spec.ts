import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { augmentationOf } from './augmentation';
import { recipeSchema } from './recipe';
import { recipeDefaults } from './recipe-defaults';

describe('recipe', () => {
  it('has a default for every field', () => {
    const recipe = recipeSchema.parse({});
    expect(Object.values(recipe)).not.toContain(undefined);
    expect(Object.keys(recipe)).toEqual(Object.keys(recipeSchema.shape));
  });

  it('names all problems in one answer, cross-field ones too', () => {
    const { error } = recipeSchema.safeParse({
      epochs: 3,
      warmupEpochs: 3,
      learningRate: -1,
      batchSize: 1.5,
      optimizer: 'lion',
      colour: 'red',
    });
    const places = error!.issues.map(({ path }) => path.join('.')).sort();
    expect(places).toEqual(['', 'batchSize', 'learningRate', 'optimizer', 'warmupEpochs']);
    expect(error!.message).toContain('colour');
  });

  it.each([
    [{ schedule: 'one-cycle' }, 'warmupEpochs', 'set warmupEpochs to 0'],
    [{ logitAdjustment: 1, balance: 'weights' }, 'logitAdjustment', 'set logitAdjustment to 0'],
    [{ epochs: 3, headEpochs: 2 }, 'warmupEpochs', 'warmupEpochs < epochs − headEpochs'],
    [{ epochs: 3, headEpochs: 3 }, 'headEpochs', 'set trainable to head'],
    [{ headEpochs: 1, trainable: 'head' }, 'headEpochs', 'set headEpochs to 0'],
    [{ epochs: 5, headEpochs: 1, patience: 4 }, 'patience', 'patience < epochs − headEpochs'],
    [
      { learningRate: 1e-3, minLearningRate: 2e-3 },
      'minLearningRate',
      'minLearningRate ≤ learningRate',
    ],
    [{ cropMin: 0.01 }, 'cropMin', 'at least 0.05'],
    [{ mixup: 0.2, batchSize: 1 }, 'mixup', 'at least 2'],
    [{ mixup: 0.2, cutmix: 1, batchSize: 3 }, 'mixup', 'at least 4'],
    [{ cutmix: 1, batchSize: 1 }, 'cutmix', 'at least 2'],
  ] as const)('refuses %j, naming field and remedy', (fields, field, remedy) => {
    const { error } = recipeSchema.safeParse(fields);
    expect(error!.issues).toEqual([
      expect.objectContaining({ path: [field], message: expect.stringContaining(remedy) }),
    ]);
  });

  it('augments as it did before it had fields for it: images are mirrored, no more', () => {
    const { flip, ...others } = augmentationOf(recipeSchema.parse({}));
    expect(flip).toBe(true);
    expect(others).toMatchObject({ cropMin: 0, verticalFlip: false, policy: 'none' });
    expect(others).toMatchObject({ colorJitter: 0, hueJitter: 0, cutout: 0, erasing: 0 });
    expect(recipeSchema.parse({})).toMatchObject({ mixup: 0, cutmix: 0 });
  });

  it('describes every field in its JSON schema', () => {
    const schema = z.toJSONSchema(recipeSchema, { io: 'input' });
    for (const [name, field] of Object.entries(schema.properties!)) {
      expect(field, name).toMatchObject({ description: expect.any(String) });
      expect(field, name).toHaveProperty('default');
    }
  });

  it('tells a form the label and the group of every field, and when it has an effect', () => {
    const { properties = {} } = z.toJSONSchema(recipeSchema, { io: 'input' });
    for (const [name, field] of Object.entries(properties)) {
      const labels = { title: expect.any(String), 'x-group': expect.any(String) };
      expect(field, name).toMatchObject(labels);
      const rule = field as { enum?: string[]; 'x-options'?: object; 'x-when'?: object };
      expect(rule.enum ?? [], name).toEqual(
        expect.arrayContaining(Object.keys(rule['x-options'] ?? {})),
      );
      for (const [other, values] of Object.entries(rule['x-when'] ?? {})) {
        expect(properties[other], name).toMatchObject({ enum: expect.arrayContaining(values) });
      }
    }
  });

  it('knows what every optimizer works with', () => {
    for (const optimizer of recipeSchema.shape.optimizer.unwrap().options) {
      const defaults = recipeDefaults({ trainImageSize: 64 }, { pretrained: true, optimizer });
      const recipe = recipeSchema.parse({ ...defaults, optimizer });
      expect(recipe.epsilon).toBe(optimizer === 'rmsprop' ? 1e-3 : 1e-8);
      expect(recipe).toMatchObject({ emaDecay: 0.9996, rho: 0.9, momentum: 0.9 });
    }
  });

  it('takes smaller steps from pretrained weights', () => {
    const architecture = { trainImageSize: 192 };
    const scratch = recipeDefaults(architecture, { pretrained: false });
    const tuned = recipeDefaults(architecture, { pretrained: true });
    expect(tuned.learningRate).toBeLessThan(scratch.learningRate);
    expect(recipeSchema.parse({ ...tuned, imageSize: 64 }).imageSize).toBe(64);
  });
});
