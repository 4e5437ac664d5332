import { NestFactory } from '@nestjs/core';
import { type NestExpressApplication, ExpressAdapter } from '@nestjs/platform-express';
import { AppModule } from './app.module';
import { Authenticator } from './platform/auth/authenticator';
import { docsAuth } from './platform/auth/docs-auth';
import type { Environment } from './platform/platform.module';
import { closeSlowBodies, patience, impatient } from './platform/http/slow-clients';
import { isPlainJson } from './platform/http/own-bodies';
import { assignRequestId, keepRequestId } from './platform/http/request-id';
import { Admission } from './serving/http/admission';
import { Drain } from './platform/limits/drain';
import { Logger } from './platform/observability/logger';
import { httpMetrics, Metrics } from './platform/observability/metrics';
import { logRequests } from './platform/observability/log-requests';
import { Tracing } from './platform/observability/tracing';
import { globalPrefix, serveDocument } from './platform/openapi/document';
import { createServer } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import { DomainError } from './platform/errors/domain-error';

/** The whole HTTP application, ready to listen. */
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

/** Express on a server that does not wait for slow clients: Node.js takes some of that only when it is made. */
export class HttpAdapter extends ExpressAdapter {
  override initHttpServer(): void {
    this.httpServer = createServer(impatient(patience), this.getInstance());
  }
}

/** Answers 404 to a path that holds a NUL, which Postgres refuses, or half an escape: such a name cannot exist. */
export function refuseUnreadablePath(
  request: Request,
  _response: Response,
  next: NextFunction,
): void {
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
