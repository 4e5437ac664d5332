import { createHash, randomBytes } from 'node:crypto';

/** How long a browser stays logged in, in Postgres's notation: since its last use, and since its login. */
export const sessionLifetime = { idle: '14 days', longest: '90 days' } as const;

/** Identifies a secret to people and to scanners for leaks: a key, a session, a login link, a session's proof. */
type SecretPrefix = 'ck' | 'cs' | 'cl' | 'cp';

/** Returns a new secret: its prefix and 256 random bits, such as `ck_…`. */
export function newSecret(prefix: SecretPrefix): string {
  return `${prefix}_${randomBytes(32).toString('base64url')}`;
}

/** Returns the SHA-256 of a secret. Secrets are long random strings, so one round is enough. */
export function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Returns the key in an `Authorization: Bearer …` header. */
export function bearerKey(header: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
}

/** Returns the password in an `Authorization: Basic …` header; the user name doesn't matter. */
export function basicKey(header: string | undefined): string | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=]+) *$/i.exec(header ?? '')?.[1];
  if (!encoded) return undefined;
  return /^[^:]*:(.+)$/.exec(Buffer.from(encoded, 'base64').toString('utf8'))?.[1];
}
