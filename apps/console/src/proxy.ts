import { NextResponse, type NextRequest } from 'next/server';
import { dropFormerCookie, hasFormerCookie, sessionOf } from '@/server/session-cookie';

/** Runs before every page: sends visitors without a session to the login page and sets the page's CSP. */
export function proxy(request: NextRequest) {
  const { pathname, search } = request.nextUrl;
  if (pathname !== '/login' && sessionOf(request) === undefined) {
    const login = new URL('/login', request.url);
    if (pathname !== '/') login.searchParams.set('next', pathname + search);
    const redirect = NextResponse.redirect(login);
    if (hasFormerCookie(request)) dropFormerCookie(redirect);
    return redirect;
  }
  const nonce = Buffer.from(crypto.randomUUID()).toString('base64');
  const policy = contentSecurityPolicy(nonce);
  const headers = new Headers(request.headers);
  headers.set('x-nonce', nonce);
  headers.set('content-security-policy', policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set('content-security-policy', policy);
  return response;
}

function contentSecurityPolicy(nonce: string): string {
  const evalInDevelopment = process.env.NODE_ENV === 'development' ? " 'unsafe-eval'" : '';
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${evalInDevelopment}`,
    // Mantine and Recharts position things by style attributes, which nonces cannot cover.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' blob: data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

export const config = {
  // The API, the session and Swagger check the cookie themselves; running here would buffer their uploads.
  matcher: ['/((?!api/|docs|session|_next/|icon.svg|favicon.ico).*)'],
};
