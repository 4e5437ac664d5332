import type { Request } from 'express';

/** The route's pattern: paths themselves are without number. */
export function routeOf({ route }: Request): string {
  return typeof route?.path === 'string' ? route.path : 'none';
}
