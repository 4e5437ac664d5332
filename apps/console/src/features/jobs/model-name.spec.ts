import { expect, it } from 'vitest';
import { modelName } from './model-name';

it('modelName makes names that the API accepts', () => {
  expect(modelName('Blumen für Mama!', 'efficientnetv2_b0')).toBe(
    'blumen-fur-mama-efficientnetv2-b0',
  );
  expect(modelName('.hidden', 'coatnet_0')).toBe('hidden-coatnet-0');
  expect(modelName('x'.repeat(80), 'b0')).toHaveLength(63);
  expect(modelName('花', 'b0')).toBe('b0');
});
