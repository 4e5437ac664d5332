import type { NextFunction, Request, Response } from 'express';
import type { Server } from 'node:http';

const headersTimeoutMs = 20_000;
/** Long enough for the largest upload on a slow line; `bodyIdleMs` catches the ones that stall. */
const requestTimeoutMs = 6 * 60 * 60 * 1000;
const bodyIdleMs = 30_000;

/** Bounds how long a connection may take to say what it wants. */
export function limitSlowClients(server: Server): void {
  server.headersTimeout = headersTimeoutMs;
  server.requestTimeout = requestTimeoutMs;
}

/** Closes a connection whose body stops coming; answers may take as long as they need. */
export function closeSlowBodies(request: Request, response: Response, next: NextFunction): void {
  const hasBody = request.headers['transfer-encoding'] ?? Number(request.headers['content-length']);
  if (hasBody) {
    const { socket } = request;
    socket.setTimeout(bodyIdleMs);
    const rest = () => socket.setTimeout(0);
    request.once('end', rest);
    response.once('close', rest);
  }
  next();
}
