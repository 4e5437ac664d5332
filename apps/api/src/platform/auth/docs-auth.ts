import type { RequestHandler } from 'express';
import { DomainError } from '../errors/domain-error';
import { sendError } from '../http/send-error';
import { checkScope } from './auth.guard';
import type { Authenticator } from './authenticator';
import { basicKey, bearerKey } from './credentials';

/** Guards the documentation, which Nest's guards don't reach; a browser is made to ask for the key. */
export function docsAuth(authenticator: Authenticator): RequestHandler {
  return async (request, response, next) => {
    const header = request.headers.authorization;
    try {
      const secret = bearerKey(header) ?? basicKey(header);
      checkScope(await authenticator.authenticate(request, secret), ['read']);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'UNAUTHORIZED') {
        const realm = 'Coatrack: any user name, the key as password';
        response.set('WWW-Authenticate', `Basic realm="${realm}"`);
      }
      sendError(error, request, response);
      return;
    }
    next();
  };
}
