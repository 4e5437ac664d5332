import type { NextRequest, NextResponse } from 'next/server';
import { trustsProxy } from './settings';

/** The cookie is the session's token, which scripts in the page cannot read. Behind TLS no other host or path can set it. */
const names = { plain: 'coatrack_session', tls: '__Host-coatrack_session' } as const;

/** The cookie that held the key itself, up to version 0.1. */
const formerName = 'coatrack_key';

/** A session ends in the API's database, after this time at the latest. */
const maxAge = 90 * 24 * 60 * 60;

type Request = Pick<NextRequest, 'cookies' | 'headers'>;

export function sessionOf({ cookies }: Pick<NextRequest, 'cookies'>): string | undefined {
  return (cookies.get(names.tls) ?? cookies.get(names.plain))?.value;
}

export function hasFormerCookie({ cookies }: Pick<NextRequest, 'cookies'>): boolean {
  return cookies.has(formerName);
}

/** `Secure` follows the browser's scheme: a console on plain HTTP in a home network must still log in. */
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
