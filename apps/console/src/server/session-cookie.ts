import type { NextRequest, NextResponse } from 'next/server';
import { trustsProxy } from './settings';

/** Names of the cookie with the session's token, which scripts cannot read. Behind TLS no other host or path can set it. */
const names = { plain: 'coatrack_session', tls: '__Host-coatrack_session' } as const;

/** The cookie that contained the key itself, up to version 0.1. */
const formerName = 'coatrack_key';

/** Maximum lifetime of a session; the API's database may end it earlier. */
const maxAge = 90 * 24 * 60 * 60;

type Request = Pick<NextRequest, 'cookies' | 'headers'>;

export function sessionOf({ cookies }: Pick<NextRequest, 'cookies'>): string | undefined {
  return (cookies.get(names.tls) ?? cookies.get(names.plain))?.value;
}

export function hasFormerCookie({ cookies }: Pick<NextRequest, 'cookies'>): boolean {
  return cookies.has(formerName);
}

/** Sets the cookie. `Secure` follows the browser's scheme, as logging in must also work over plain HTTP in a home network. */
export function setSession(response: NextResponse, request: Request, token: string): void {
  const secure = trustsProxy() && request.headers.get('x-forwarded-proto') === 'https';
  dropSession(response);
  response.cookies.set(secure ? names.tls : names.plain, token, {
    httpOnly: true,
    sameSite: 'strict',
    path: '/',
    maxAge,
    secure,
  });
}

export function dropSession(response: NextResponse): void {
  response.cookies.set(names.tls, '', { path: '/', maxAge: 0, secure: true });
  response.cookies.set(names.plain, '', { path: '/', maxAge: 0 });
  dropFormerCookie(response);
}

export function dropFormerCookie(response: NextResponse): void {
  response.cookies.set(formerName, '', { path: '/', maxAge: 0 });
}
