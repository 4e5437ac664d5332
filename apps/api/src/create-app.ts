import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module';
import { Authenticator } from './platform/auth/authenticator';
import { docsAuth } from './platform/auth/docs-auth';
import type { Environment } from './platform/platform.module';
import { HttpAdapter } from './platform/http/http-adapter';
import { closeSlowBodies, patience } from './platform/http/slow-clients';
import { refuseUnreadablePath } from './platform/http/readable-path';
import { isPlainJson } from './platform/http/own-bodies';
import { assignRequestId } from './platform/http/request-id';
import { Admission } from './serving/http/admission';
import { Drain } from './platform/limits/drain';
import { Logger } from './platform/observability/logger';
import { httpMetrics } from './platform/observability/http-metrics';
import { logRequests } from './platform/observability/log-requests';
import { Metrics } from './platform/observability/metrics';
import { keepRequestId } from './platform/observability/request-context';
import { Tracing } from './platform/observability/tracing';
import { globalPrefix, serveDocument } from './platform/openapi/document';

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
