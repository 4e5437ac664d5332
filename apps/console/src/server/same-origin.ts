const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Returns whether another site's page requests a change. The cookie is already SameSite=Strict; this also covers other
 * ports of the same host, which count as the same site.
 */
export function isCrossOrigin(method: string, headers: Headers): boolean {
  if (safeMethods.has(method)) return false;
  const fetchSite = headers.get('sec-fetch-site');
  if (fetchSite !== null && fetchSite !== 'same-origin') return true;
  const origin = headers.get('origin');
  if (origin === null) return false;
  const host = headers.get('x-forwarded-host') ?? headers.get('host');
  return !URL.canParse(origin) || new URL(origin).host !== host;
}
