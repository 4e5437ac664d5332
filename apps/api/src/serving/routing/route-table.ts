import type { VersionRecord, VersionSelector } from '../../registry/models/model';

/** Maximum number of remembered routes; beyond it, all are forgotten and looked up again. */
const routeLimit = 10_000;

/** The version that a selector resolves to. */
export interface Route {
  which: VersionSelector;
  version: VersionRecord;
  /** Whether no change since the lookup can have been missed. */
  current: boolean;
  /** If not current: when it was last known to be right, in ms on the clock of performance.now(). */
  knownAt: number;
}

/** Routes by model, then by selector. */
export class RouteTable {
  private readonly routes = new Map<string, Map<string, Route>>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  get(model: string, which: VersionSelector): Route | undefined {
    return this.routes.get(model)?.get(keyOf(which));
  }

  of(model: string): Route[] {
    return [...(this.routes.get(model)?.values() ?? [])];
  }

  all(): Route[] {
    return [...this.routes.values()].flatMap((routes) => [...routes.values()]);
  }

  set(route: Route): void {
    const { model } = route.version;
    const key = keyOf(route.which);
    if (!this.routes.get(model)?.has(key) && ++this.count > routeLimit) {
      this.routes.clear();
      this.count = 1;
    }
    const routes = this.routes.get(model) ?? new Map<string, Route>();
    this.routes.set(model, routes);
    routes.set(key, route);
  }

  delete(model: string, which: VersionSelector): void {
    const routes = this.routes.get(model);
    if (!routes?.delete(keyOf(which))) return;
    this.count--;
    if (routes.size === 0) this.routes.delete(model);
  }
}

function keyOf({ version, alias }: VersionSelector): string {
  return alias === undefined ? `:${version ?? ''}` : `@${alias}`;
}
