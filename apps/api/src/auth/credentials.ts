/** The key in an `Authorization: Bearer …` header. */
export function bearerKey(header: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
}

/** The password in an `Authorization: Basic …` header; the user name doesn't matter. */
export function basicKey(header: string | undefined): string | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=]+) *$/i.exec(header ?? '')?.[1];
  if (!encoded) return undefined;
  return /^[^:]*:(.+)$/.exec(Buffer.from(encoded, 'base64').toString('utf8'))?.[1];
}
