import type { RequestHandler } from 'express';
import type { ServerOptions } from 'node:http';

/** How long a connection may take to say what it wants. */
export interface Patience {
  headersMs: number;
  requestMs: number;
  /** Interval between checks that the body is still arriving. */
  bodyCheckMs: number;
  /** A body that comes more slowly, from one look to the next, is not waited for. */
  bodyBytesPerSecond: number;
}

export const patience: Patience = {
  headersMs: 20_000,
  /** Long enough for the largest upload on a slow line. */
  requestMs: 6 * 60 * 60 * 1000,
  bodyCheckMs: 30_000,
  bodyBytesPerSecond: 1000,
};

/** Connections that take too long for their headers are found a little later than that. */
const checksPerTimeout = 4;

export function impatient({ headersMs, requestMs }: Patience): ServerOptions {
  return {
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: headersMs / checksPerTimeout,
  };
}

/** Closes a connection whose body hardly comes; answers may take as long as they need. */
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
        // What has come and was not read yet is not the client's fault.
        if (came < least && request.readableLength === 0) socket.destroy();
      }, bodyCheckMs).unref();
      const rest = () => clearInterval(timer);
      request.once('end', rest);
      response.once('close', rest);
    }
    next();
  };
}
