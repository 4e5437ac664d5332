/**
 * Runs `task` over items with up to `ahead` of them under way, and yields results in the items' order.
 * When the consumer stops early, no new task starts and running ones are awaited.
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
      // A failure surfaces when the result is awaited, in order. Until then it must not count as unhandled.
      result.catch(() => undefined);
      running.push(result);
      if (running.length >= ahead) yield await running.shift()!;
    }
    while (running.length > 0) yield await running.shift()!;
  } finally {
    await Promise.allSettled(running);
  }
}

/** Yields consecutive items in groups of `size`. A last, smaller group is left out. */
export async function* inGroups<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
}
