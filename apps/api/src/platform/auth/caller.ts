import type { Request } from 'express';
import type { Scope } from './scopes';

/** A key, a browser's session that was opened with a key, or a login link that opens such a session. */
export type CredentialKind = 'key' | 'session' | 'login';

/** The sender of a request. */
export interface Caller {
  kind: CredentialKind;
  /** The key, or the one that the session or link belongs to. */
  key: { id: string; name: string; scopes: readonly Scope[] };
  /** Set for a session. */
  sessionId?: number;
}

const callers = new WeakMap<Request, Caller>();

export function rememberCaller(request: Request, caller: Caller): void {
  callers.set(request, caller);
}

/** Returns the caller that the guard has accepted, or undefined on public routes. */
export function callerOf(request: Request): Caller | undefined {
  return callers.get(request);
}

/** Returns the client's address: the connection's, or the one that a trusted proxy reports. */
export function addressOf(request: Request): string {
  return request.ip ?? 'unknown';
}
