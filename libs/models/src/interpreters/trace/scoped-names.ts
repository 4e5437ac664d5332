/** Generates unique names of nodes, each with the part of the network that it belongs to. */
export class ScopedNames {
  private readonly counts = new Map<string, number>();
  private scope = '';

  /** Sets the scope of the following names. */
  enter(scope: string): void {
    this.scope = scope;
  }

  /** Returns `scope/operator`, with a number from the second on. */
  next(operator: string): string {
    const name = this.scope ? `${this.scope}/${operator}` : operator;
    const count = (this.counts.get(name) ?? 0) + 1;
    this.counts.set(name, count);
    return count === 1 ? name : `${name}.${count}`;
  }
}
