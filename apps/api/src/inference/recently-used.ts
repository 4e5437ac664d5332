/** Keeps the few values used last; what has to make room is disposed of. */
export class RecentlyUsed<T> {
  private readonly values = new Map<string, T>();

  constructor(
    private readonly capacity: number,
    private readonly dispose: (value: T) => void,
  ) {}

  get(key: string): T | undefined {
    const value = this.values.get(key);
    if (value !== undefined) this.touch(key, value);
    return value;
  }

  add(key: string, value: T): void {
    this.touch(key, value);
    for (const [oldest, unused] of this.values) {
      if (this.values.size <= this.capacity) return;
      this.values.delete(oldest);
      this.dispose(unused);
    }
  }

  /** Disposes of all. */
  clear(): void {
    for (const value of this.values.values()) this.dispose(value);
    this.values.clear();
  }

  private touch(key: string, value: T): void {
    this.values.delete(key);
    this.values.set(key, value);
  }
}
