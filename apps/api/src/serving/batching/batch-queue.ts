/** Urgent first. */
export const priorities = ['high', 'normal', 'low'] as const;
export type Priority = (typeof priorities)[number];

export interface Queued {
  priority: Priority;
  /** How many images it consists of. */
  count: number;
  /** How many of them have been taken. */
  taken: number;
}

/** Some of an entry's images. */
export interface Part<T> {
  entry: T;
  from: number;
  count: number;
}

/** Images by priority, and among equals in the order of their arrival. */
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

  /** Takes away what has not been taken yet. */
  remove(entry: T): void {
    const index = this.entries.indexOf(entry);
    if (index < 0) return;
    this.entries.splice(index, 1);
    this.waiting -= entry.count - entry.taken;
  }

  /** @returns this many images, or all; an entry that is taken in part stays with the rest */
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
