/** Where the API is reached from this server; browsers never talk to it directly. */
export function apiUrl(): URL {
  return new URL(process.env.COATRACK_API_URL ?? 'http://127.0.0.1:3001');
}
