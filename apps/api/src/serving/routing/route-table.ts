import type { VersionRecord, VersionSelector } from '../../registry/models/model';

/** Ways to name a version that are remembered; beyond that they are looked up again. */
const routeLimit = 10_000;

/** What a way to name a version leads to. */
export interface Route {
  which: VersionSelector;
  version: VersionRecord;
  /** Whether every change to it has been heard of since it was looked up. */
  current: boolean;
  /** By performance.now(), in ms: when it was last known to be right, where it is not current. */
  knownAt: number;
}

/** Routes by model, then by what was asked for. */
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
