import type { RequestHandler } from 'express';
import type { ServerOptions } from 'node:http';

/** Time limits for the requests of clients. */
export interface Patience {
  headersMs: number;
  requestMs: number;
  /** Interval between checks that the body is still arriving. */
  bodyCheckMs: number;
  /** Connections whose body arrives more slowly between two checks are closed. */
  bodyBytesPerSecond: number;
}

export const patience: Patience = {
  headersMs: 20_000,
  /** Long enough for the largest upload over a slow connection. */
  requestMs: 6 * 60 * 60 * 1000,
  bodyCheckMs: 30_000,
  bodyBytesPerSecond: 1000,
};

/** Checks per timeout; a slow connection is found at most one check later. */
const checksPerTimeout = 4;

export function impatient({ headersMs, requestMs }: Patience): ServerOptions {
  return {
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: headersMs / checksPerTimeout,
  };
}

/** Closes connections whose body arrives too slowly; answers may take any time. */
export function closeSlowBodies({ bodyCheckMs, bodyBytesPerSecond }: Patience): RequestHandler {
  const least = (bodyBytesPerSecond * bodyCheckMs) / 1000;
  return (request, response, next) => {
    const { headers, socket } = request;
    const hasBody = headers['transfer-encoding'] ?? Number(headers['content-length']);
    if (hasBody) {
      let before = socket.bytesRead;
      const timer = setInterval(() => {
        const came = socket.bytesRead - before;
        before = socket.bytesRead;
        // Bytes that have arrived but were not read yet are not the client's fault.
        if (came < least && request.readableLength === 0) socket.destroy();
      }, bodyCheckMs).unref();
      const rest = () => clearInterval(timer);
      request.once('end', rest);
      response.once('close', rest);
    }
    next();
  };
}
