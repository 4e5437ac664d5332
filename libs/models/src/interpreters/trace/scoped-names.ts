/** Names of the nodes of a graph: each is used once, and says which part of the network it belongs to. */
export class ScopedNames {
  private readonly counts = new Map<string, number>();
  private scope = '';

  /** Puts what is named from now on under a name. */
  enter(scope: string): void {
    this.scope = scope;
  }

  /** @returns `scope/operator`, numbered from the second on */
  next(operator: string): string {
    const name = this.scope ? `${this.scope}/${operator}` : operator;
    const count = (this.counts.get(name) ?? 0) + 1;
    this.counts.set(name, count);
    return count === 1 ? name : `${name}.${count}`;
  }
}
