/** Returns the API's address for this server; browsers never talk to it directly. */
export function apiUrl(): URL {
  return new URL(process.env.COATRACK_API_URL ?? 'http://127.0.0.1:3001');
}

/** Returns whether to trust a proxy in front about the client's address and scheme. */
export function trustsProxy(): boolean {
  return Boolean(process.env.COATRACK_TRUSTED_PROXIES);
}
