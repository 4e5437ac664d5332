import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module';
import { Authenticator } from './auth/authenticator';
import { docsAuth } from './auth/docs-auth';
import type { Environment } from './core.module';
import { HttpAdapter } from './http/http-adapter';
import { closeSlowBodies, patience } from './http/slow-clients';
import { refuseUnreadablePath } from './http/readable-path';
import { isPlainJson } from './http/own-bodies';
import { assignRequestId } from './http/request-id';
import { Admission } from './inference/admission';
import { Drain } from './limits/drain';
import { Logger } from './logger';
import { httpMetrics } from './observability/http-metrics';
import { logRequests } from './observability/log-requests';
import { Metrics } from './observability/metrics';
import { keepRequestId } from './observability/request-context';
import { Tracing } from './observability/tracing';
import { globalPrefix, serveDocument } from './openapi/document';

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
