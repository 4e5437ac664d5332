import { randomUUID } from 'node:crypto';

/** Returns an answer in the API's error shape, for requests that this server refuses itself. */
export function problem(status: number, code: string, message: string): Response {
  const requestId = randomUUID();
  return Response.json(
    { code, message, requestId },
    { status, headers: { 'x-request-id': requestId } },
  );
}
