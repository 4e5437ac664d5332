import { randomUUID } from 'node:crypto';

/** An answer in the API's error shape, for what this server refuses by itself. */
export function problem(status: number, code: string, message: string): Response {
  const requestId = randomUUID();
  return Response.json(
    { code, message, requestId },
    { status, headers: { 'x-request-id': requestId } },
  );
}
