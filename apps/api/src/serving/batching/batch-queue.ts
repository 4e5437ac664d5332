/** Most urgent first. */
export const priorities = ['high', 'normal', 'low'] as const;
export type Priority = (typeof priorities)[number];

export interface Queued {
  priority: Priority;
  /** Number of images in the entry. */
  count: number;
  /** Number of its images that have been taken. */
  taken: number;
}

/** Some of an entry's images. */
export interface Part<T> {
  entry: T;
  from: number;
  count: number;
}

/** Queues images by priority; within a priority, first in, first out. */
export class BatchQueue<T extends Queued> {
  private readonly entries: T[] = [];
  private waiting = 0;

  get images(): number {
    return this.waiting;
  }

  get first(): T | undefined {
    return this.entries[0];
  }

  add(entry: T): void {
    const rank = rankOf(entry);
    const before = this.entries.findLastIndex((other) => rankOf(other) <= rank);
    this.entries.splice(before + 1, 0, entry);
    this.waiting += entry.count - entry.taken;
  }

  /** Removes the images of an entry that have not been taken yet. */
  remove(entry: T): void {
    const index = this.entries.indexOf(entry);
    if (index < 0) return;
    this.entries.splice(index, 1);
    this.waiting -= entry.count - entry.taken;
  }

  /** Takes up to this many images. An entry that is taken in part stays in the queue with its remaining images. */
  take(most: number): Part<T>[] {
    const parts: Part<T>[] = [];
    for (let room = most; room > 0 && this.entries.length > 0;) {
      const entry = this.entries[0]!;
      const from = entry.taken;
      const count = Math.min(room, entry.count - from);
      parts.push({ entry, from, count });
      entry.taken += count;
      this.waiting -= count;
      room -= count;
      if (entry.taken === entry.count) this.entries.shift();
    }
    return parts;
  }
}

function rankOf({ priority }: Queued): number {
  return priorities.indexOf(priority);
}
