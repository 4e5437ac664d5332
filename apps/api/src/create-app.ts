import { NestFactory } from '@nestjs/core';
import { type NestExpressApplication, ExpressAdapter } from '@nestjs/platform-express';
import { createServer } from 'node:http';
import type { NextFunction, Request, Response, RequestHandler } from 'express';
import { AppModule } from './app.module';
import { Authenticator } from './platform/auth/authenticator';
import type { Environment } from './platform/platform.module';
import { closeSlowBodies, patience, impatient } from './platform/http/slow-clients';
import { isPlainJson, Admission } from './serving/http/admission';
import { assignRequestId, keepRequestId } from './platform/http/request-facts';
import { Drain } from './platform/limits/drain';
import { Logger } from './platform/observability/logger';
import { httpMetrics, Metrics, logRequests } from './platform/observability/metrics';
import { Tracing } from './platform/observability/tracing';
import { globalPrefix, serveDocument } from './platform/openapi/document';
import { DomainError } from './platform/errors/domain-error';
import { sendError } from './platform/http/send-error';
import { checkScope } from './platform/auth/auth.guard';
import { basicKey, bearerKey } from './platform/auth/credentials';

/** Creates the whole HTTP application, ready to listen. */
export async function createApp(environment: Environment): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.forRoot(environment),
    new HttpAdapter(),
    {
      abortOnError: false,
      logger: new Logger(environment.config.log),
      bodyParser: false,
    },
  );
  app.disable('x-powered-by');
  app.set('trust proxy', environment.config.trustedProxies);
  app.use(assignRequestId, keepRequestId, app.get(Drain).watch, httpMetrics(app.get(Metrics)));
  if (environment.config.log === 'json') app.use(logRequests);
  const { middleware } = app.get(Tracing);
  if (middleware) app.use(middleware);
  app.use(app.get(Admission).check);
  app.use(closeSlowBodies(patience), refuseUnreadablePath);
  app.useBodyParser('json', { limit: '1mb', type: isPlainJson });
  app.setGlobalPrefix(...globalPrefix);
  app.use(['/docs', '/docs-json'], docsAuth(app.get(Authenticator)));
  serveDocument(app);
  app.enableShutdownHooks(undefined, { useProcessExit: true });
  return app;
}

/** Express on a server with limits for slow clients, some of which Node.js accepts only in the server's constructor. */
class HttpAdapter extends ExpressAdapter {
  override initHttpServer(): void {
    this.httpServer = createServer(impatient(patience), this.getInstance());
  }
}

/** Answers 404 to a path with a NUL, which Postgres refuses, or a broken escape: such a name cannot exist. */
function refuseUnreadablePath(request: Request, _response: Response, next: NextFunction): void {
  next(
    isReadable(request.path) ? undefined : new DomainError('NOT_FOUND', 'The path is malformed.'),
  );
}

function isReadable(path: string): boolean {
  try {
    return !decodeURIComponent(path).includes('\0');
  } catch {
    return false;
  }
}

/** Guards the documentation, which Nest's guards don't reach; a browser asks for the key. */
function docsAuth(authenticator: Authenticator): RequestHandler {
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
