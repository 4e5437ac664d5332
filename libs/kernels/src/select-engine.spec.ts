import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { EngineUnavailableError } from './engine';
import { availableEngines, selectEngine } from './select-engine';

describe('choosing an engine', () => {
  it('reports for every engine whether it is available, or why not in one line', async () => {
    const engines = await availableEngines();
    expect(engines.map(({ name }) => name)).toEqual(['torch', 'tensorflow', 'wasm']);
    for (const { available, reason, device } of engines) {
      if (available) expect(device).toMatch(/^(cpu|cuda)$/);
      else expect(reason).toMatch(/^[^\n]{10,}$/);
    }
  });

  it('starts wasm on request, with gradients', async () => {
    const engine = await selectEngine('wasm');
    expect(engine).toMatchObject({ name: 'wasm', device: 'cpu' });
    expect(tf.getBackend()).toBe('wasm');
    const gradient = tf.tidy(
      () =>
        tf
          .grad((x) => tf.square(x))(tf.scalar(3))
          .dataSync()[0],
    );
    expect(gradient).toBe(6);
  });

  it('an engine can be selected again', async () => {
    const first = await selectEngine('wasm');
    expect(await selectEngine('wasm')).toEqual(first);
  });

  it('an unavailable engine is refused with advice on what to install', async () => {
    const engines = await availableEngines();
    for (const { name, reason } of engines.filter(({ available }) => !available)) {
      const refused = await selectEngine(name).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(EngineUnavailableError);
      expect((refused as Error).message).toContain(reason);
    }
  });

  it('an unknown engine is refused with the names of the known ones', async () => {
    await expect(selectEngine('cuda' as never)).rejects.toThrow(/'cuda'.*torch, tensorflow, wasm/);
  });
});
