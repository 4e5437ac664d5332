import type { RequestHandler } from 'express';
import { requestIdOf } from '../http/request-id';
import type { ApiKeys } from './api-keys';
import { basicKey, bearerKey } from './credentials';

/** Guards the documentation, which Nest's guards don't reach; a browser is made to ask for the key. */
export function docsAuth(keys: ApiKeys): RequestHandler {
  return async (request, response, next) => {
    const header = request.headers.authorization;
    const key = bearerKey(header) ?? basicKey(header);
    try {
      if (key && (await keys.accepts(key))) {
        next();
        return;
      }
    } catch (error) {
      next(error);
      return;
    }
    response
      .status(401)
      .set('WWW-Authenticate', 'Basic realm="Coatrack: any user name, the key as password"')
      .json({
        code: 'UNAUTHORIZED',
        message: 'A key is needed: as a Bearer token, or as the password of HTTP Basic.',
        requestId: requestIdOf(response),
      });
  };
}
