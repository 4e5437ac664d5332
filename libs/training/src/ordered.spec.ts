import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { mapOrdered } from './ordered';

describe('mapOrdered', () => {
  let running = 0;
  let most = 0;
  let started = 0;
  const work = async (item: number) => {
    started++;
    most = Math.max(most, ++running);
    await pause(item % 3);
    running--;
    if (item === 13) throw new Error('Unlucky');
    return item * 2;
  };

  async function collect(items: number[], stopAfter = Infinity): Promise<number[]> {
    [running, most, started] = [0, 0, 0];
    const results: number[] = [];
    for await (const result of mapOrdered(items, 4, work)) {
      results.push(result);
      if (results.length === stopAfter) break;
    }
    return results;
  }

  it('keeps order, with so many under way and no more', async () => {
    expect(await collect([5, 4, 3, 2, 1, 0])).toEqual([10, 8, 6, 4, 2, 0]);
    expect(most).toBe(4);
  });

  it('starts nothing after its consumer has stopped, and waits for what runs', async () => {
    await collect([1, 2, 3, 4, 5, 6, 7, 8], 2);
    expect([started, running]).toEqual([5, 0]);
  });

  it('throws what a task throws, after the results before it', async () => {
    await expect(collect([1, 13, 2, 3, 4, 5])).rejects.toThrow('Unlucky');
    expect(running).toBe(0);
  });
});
