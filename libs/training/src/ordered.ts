/**
 * Runs `task` over items with up to `ahead` of them under way, and hands results out in the items' order.
 * When the consumer stops early, nothing new is started and what runs is waited for.
 */
export async function* mapOrdered<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  ahead: number,
  task: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const running: Promise<Result>[] = [];
  try {
    for await (const item of items) {
      const result = task(item);
      // A failure is seen where the result is awaited, in order; until then it isn't unhandled.
      result.catch(() => undefined);
      running.push(result);
      if (running.length >= ahead) yield await running.shift()!;
    }
    while (running.length > 0) yield await running.shift()!;
  } finally {
    await Promise.allSettled(running);
  }
}

/** Returns consecutive items in groups of `size`; a last, smaller one is left out. */
export async function* inGroups<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
}
