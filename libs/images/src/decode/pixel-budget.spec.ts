import { expect, it } from 'vitest';
import { PixelBudget } from './pixel-budget';

/** Starts work that runs until the test ends it. */
function opened(budget: PixelBudget, pixels: number) {
  let end = () => {};
  const state = { running: false, done: Promise.resolve(), end: () => end() };
  state.done = budget.run(pixels, async () => {
    state.running = true;
    await new Promise<void>((resolve) => (end = resolve));
    state.running = false;
  });
  return state;
}

/** Lets everything run that can run. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

it('runs what fits at once, in order: small work does not overtake large work for ever', async () => {
  const budget = new PixelBudget(10);
  const [first, large, small] = [opened(budget, 6), opened(budget, 8), opened(budget, 1)];
  await settle();
  expect([first.running, large.running, small.running]).toEqual([true, false, false]);
  first.end();
  await settle();
  expect([large.running, small.running]).toEqual([true, true]);
  large.end();
  small.end();
  await Promise.all([first.done, large.done, small.done]);
});

it('runs work beyond the whole budget alone, and gives back what failed work held', async () => {
  const budget = new PixelBudget(10);
  await expect(budget.run(10, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  const [huge, speck] = [opened(budget, 400), opened(budget, 1)];
  await settle();
  expect([huge.running, speck.running]).toEqual([true, false]);
  huge.end();
  await huge.done;
  await settle();
  expect(speck.running).toBe(true);
  speck.end();
  await speck.done;
});
